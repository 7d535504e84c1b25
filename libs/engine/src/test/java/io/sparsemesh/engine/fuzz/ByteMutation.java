package io.sparsemesh.engine.fuzz;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

/// Damages bytes without knowing what they mean.
final class ByteMutation {

    private static final int LONGEST = 1 << 16;

    /// What readers of numbers, texts and JSON stumble over.
    private static final List<String> TOKENS =
            List.of(
                    "{",
                    "}",
                    "[",
                    "]",
                    "\"",
                    ",",
                    ":",
                    "null",
                    "true",
                    "-1",
                    "0",
                    "1e400",
                    "9223372036854775807",
                    "9223372036854775808",
                    "-9223372036854775808",
                    "4294967296",
                    "NaN",
                    "\\ud800",
                    "\\u0000",
                    "\0",
                    "../",
                    "\ufeff",
                    "__metadata__");

    private final Random random;

    ByteMutation(Random random) {
        this.random = random;
    }

    /// @param other spliced in at times
    byte[] mutate(byte[] input, byte[] other) {
        byte[] bytes = input;
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            bytes = once(bytes, other);
        }
        return bytes;
    }

    private byte[] once(byte[] bytes, byte[] other) {
        int at = random.nextInt(bytes.length + 1);
        int length = Math.min(bytes.length - at, 1 + random.nextInt(16));
        return switch (random.nextInt(7)) {
            case 0 -> flipped(bytes);
            case 1 -> spliced(bytes, at, at + length, new byte[0]);
            case 2 -> spliced(bytes, at, at, part(bytes, at, length));
            case 3 -> spliced(bytes, at, at, token());
            case 4 -> spliced(bytes, at, at + length, token());
            case 5 -> spliced(bytes, at, bytes.length, part(other, at, other.length));
            default -> spliced(bytes, at, at, repeated());
        };
    }

    private byte[] flipped(byte[] bytes) {
        byte[] flipped = bytes.clone();
        if (flipped.length > 0) {
            flipped[random.nextInt(flipped.length)] ^= (byte) (1 + random.nextInt(255));
        }
        return flipped;
    }

    private byte[] token() {
        return TOKENS.get(random.nextInt(TOKENS.size())).getBytes(StandardCharsets.UTF_8);
    }

    private byte[] repeated() {
        String token = TOKENS.get(random.nextInt(TOKENS.size()));
        return token.repeat(1 << random.nextInt(10)).getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] part(byte[] bytes, int from, int length) {
        int start = Math.min(from, bytes.length);
        int end = (int) Math.min(bytes.length, (long) start + length);
        return java.util.Arrays.copyOfRange(bytes, start, end);
    }

    private static byte[] spliced(byte[] bytes, int from, int to, byte[] middle) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(bytes, 0, from);
        out.writeBytes(middle);
        out.write(bytes, to, bytes.length - to);
        return part(out.toByteArray(), 0, LONGEST);
    }
}
