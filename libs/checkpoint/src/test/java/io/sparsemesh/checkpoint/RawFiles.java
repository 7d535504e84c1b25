package io.sparsemesh.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Safetensors files put together by hand, right or wrong.
final class RawFiles {

    private RawFiles() {}

    /// A header of any length claim, any bytes, any data.
    static byte[] bytes(long claimedLength, byte[] header, byte[] data) {
        return ByteBuffer.allocate(Long.BYTES + header.length + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(claimedLength)
                .put(header)
                .put(data)
                .array();
    }

    /// A header with its true length and `dataBytes` zeros.
    static byte[] bytes(String header, int dataBytes) {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        return bytes(json.length, json, new byte[dataBytes]);
    }

    static Path write(Path file, byte[] bytes) {
        try {
            return Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Path write(Path file, String text) {
        return write(file, text.getBytes(StandardCharsets.UTF_8));
    }

    /// A valid file with one F32 tensor of two elements for each name.
    static Path valid(Path file, String... names) {
        StringBuilder header = new StringBuilder("{");
        for (int i = 0; i < names.length; i++) {
            header.append(i == 0 ? "" : ",")
                    .append('"')
                    .append(names[i])
                    .append(
                            "\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[%d,%d]}"
                                    .formatted(8 * i, 8 * i + 8));
        }
        return write(file, bytes(header.append("}").toString(), 8 * names.length));
    }

    /// Names of everything in a folder, hidden files included, sorted.
    static List<String> entries(Path folder) {
        try (Stream<Path> list = Files.list(folder)) {
            return list.map(path -> path.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
