package io.sparsemesh.sources;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/// Files that look like a model's.
final class TinyModel {

    static final byte[] CONFIG = "{\"model_type\": \"opt\"}".getBytes(StandardCharsets.UTF_8);
    static final int WEIGHT_BYTES = 300_000;

    private TinyModel() {}

    /// A safetensors file with one tensor of random bytes.
    static byte[] weights(long seed) {
        byte[] header =
                ("{\"w\":{\"dtype\":\"U8\",\"shape\":[%1$d],\"data_offsets\":[0,%1$d]}}"
                                .formatted(WEIGHT_BYTES))
                        .getBytes(StandardCharsets.UTF_8);
        byte[] data = new byte[WEIGHT_BYTES];
        new Random(seed).nextBytes(data);
        return ByteBuffer.allocate(8 + header.length + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .put(header)
                .put(data)
                .array();
    }
}
