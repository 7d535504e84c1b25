package io.sparsemesh.engine.solver;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The tensors of a golden case as floats: just enough of safetensors to read them.
record Tensors(ByteBuffer bytes, String header) {

    /// @param shape sizes, outermost first
    record Tensor(String dtype, long[] shape, float[] values) {
        long rows() {
            return Arrays.stream(shape, 0, shape.length - 1).reduce(1, (a, b) -> a * b);
        }

        long cols() {
            return shape[shape.length - 1];
        }
    }

    static Tensors read(Path file) throws IOException {
        ByteBuffer all = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int length = Math.toIntExact(all.getLong(0));
        String header = new String(all.array(), 8, length, StandardCharsets.UTF_8);
        ByteBuffer bytes = all.slice(8 + length, all.limit() - 8 - length);
        return new Tensors(bytes.order(ByteOrder.LITTLE_ENDIAN), header);
    }

    boolean has(String name) {
        return entry(name).find();
    }

    Tensor get(String name) {
        Matcher entry = entry(name);
        if (!entry.find()) {
            throw new IllegalArgumentException("no tensor " + name + " in " + header);
        }
        String dtype = entry.group(1);
        long[] shape =
                Stream.of(entry.group(2).split(","))
                        .mapToLong(s -> Long.parseLong(s.strip()))
                        .toArray();
        int at = Integer.parseInt(entry.group(3));
        float[] values =
                new float[Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact))];
        for (int i = 0; i < values.length; i++) {
            values[i] = value(dtype, at, i);
        }
        return new Tensor(dtype, shape, values);
    }

    private float value(String dtype, int at, int i) {
        return switch (dtype) {
            case "F32" -> bytes.getFloat(at + 4 * i);
            case "F16" -> Float.float16ToFloat(bytes.getShort(at + 2 * i));
            case "BF16" -> Float.intBitsToFloat(bytes.getShort(at + 2 * i) << 16);
            default -> throw new IllegalArgumentException(dtype);
        };
    }

    private Matcher entry(String name) {
        return Pattern.compile(
                        "\""
                                + Pattern.quote(name)
                                + "\":\\s*\\{\"dtype\":\\s*\"(\\w+)\",\\s*\"shape\":\\s*\\[([^\\]]*)\\],"
                                + "\\s*\"data_offsets\":\\s*\\[(\\d+),")
                .matcher(header);
    }

    /// The value as it would be stored in `dtype`, rounded to nearest, ties to even.
    static float rounded(String dtype, float value) {
        return switch (dtype) {
            case "F32" -> value;
            case "F16" -> Float.float16ToFloat(Float.floatToFloat16(value));
            case "BF16" -> {
                int bits = Float.floatToRawIntBits(value);
                int even = bits >>> 16 & 1;
                yield Float.intBitsToFloat((bits + 0x7fff + even) & 0xffff0000);
            }
            default -> throw new IllegalArgumentException(dtype);
        };
    }
}
