package io.sparsemesh.engine.fuzz;

import io.sparsemesh.checkpoint.SafetensorsFile;
import io.sparsemesh.checkpoint.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// A safetensors file: its length, its header, and views of its tensors.
final class SafetensorsTarget implements FuzzTarget {

    private static final List<String> HEADERS =
            List.of(
                    "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
                    "{\"__metadata__\":{\"format\":\"pt\"},"
                            + "\"a\":{\"dtype\":\"F16\",\"shape\":[2,3],\"data_offsets\":[0,12]},"
                            + "\"b\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[12,20]},"
                            + "\"c\":{\"dtype\":\"BOOL\",\"shape\":[0,4],\"data_offsets\":[20,20]}}  ",
                    "{}");

    private final Path file;
    private final Random random;
    private final ByteMutation bytes;
    private final JsonMutation json;

    SafetensorsTarget(Path folder, Random random) {
        this.file = folder.resolve("model.safetensors");
        this.random = random;
        this.bytes = new ByteMutation(random);
        this.json =
                new JsonMutation(random, HEADERS.stream().map(SafetensorsTarget::utf8).toList());
    }

    @Override
    public String name() {
        return "safetensors";
    }

    @Override
    public List<byte[]> seeds() {
        return List.of(
                file(utf8(HEADERS.get(0)), 8), file(utf8(HEADERS.get(1)), 20), file(utf8("{}"), 0));
    }

    @Override
    public byte[] next() {
        int seed = random.nextInt(HEADERS.size());
        byte[] header = utf8(HEADERS.get(seed));
        int data = List.of(8, 20, 0).get(seed);
        return switch (random.nextInt(3)) {
            case 0 -> bytes.mutate(seeds().get(seed), seeds().get(random.nextInt(3)));
            case 1 -> file(bytes.mutate(header, utf8(HEADERS.get(random.nextInt(3)))), data);
            default -> file(json.mutate(header), data);
        };
    }

    private static byte[] file(byte[] header, int data) {
        return ByteBuffer.allocate(Long.BYTES + header.length + data)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .put(header)
                .array();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void read(byte[] input) {
        try {
            Files.write(file, input);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try (SafetensorsFile opened = SafetensorsFile.open(file)) {
            opened.tensors().keySet().forEach(name -> touch(opened.tensor(name)));
        }
    }

    /// Reads the first and the last element.
    private static void touch(Tensor tensor) {
        long last = tensor.elements() - 1;
        for (long element : last < 0 ? new long[0] : new long[] {0, last}) {
            if (tensor.dtype().isFloat()) {
                float[] value = new float[1];
                tensor.readF32(element, java.lang.foreign.MemorySegment.ofArray(value));
            } else {
                Arrays.hashCode(tensor.readLongs(element, 1));
            }
        }
    }
}
