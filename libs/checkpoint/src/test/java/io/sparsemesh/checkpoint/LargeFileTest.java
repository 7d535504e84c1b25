package io.sparsemesh.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Files beyond 2 GiB, with a heap of 256 MiB. Read from sparse files, which take no disk
/// space.
class LargeFileTest {

    private static final long BIG = (5L << 30) + 12;

    @TempDir Path folder;

    @Test
    void tensorsBehindFiveGibibytesAreRead() throws IOException {
        long floats = BIG / Float.BYTES;
        String header =
                ("{\"big\":{\"dtype\":\"F32\",\"shape\":[%d],\"data_offsets\":[0,%d]},"
                                + "\"ids\":{\"dtype\":\"I64\",\"shape\":[2],"
                                + "\"data_offsets\":[%d,%d]}}")
                        .formatted(floats, BIG, BIG, BIG + 16);
        Path path = folder.resolve("model.safetensors");
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        RawFiles.write(path, RawFiles.bytes(json.length, json, new byte[0]));
        writeAt(path, 8 + json.length + BIG - 4, Float.floatToIntBits(2.5f), 17, 0, -1, -1);

        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            Tensor big = file.tensor("big");
            float[] last = new float[3];
            big.readF32(floats - 3, MemorySegment.ofArray(last));

            assertThat(big.elements()).isEqualTo(floats);
            assertThat(big.data().byteSize()).isEqualTo(BIG);
            assertThat(last).containsExactly(0, 0, 2.5f);
            assertThat(file.tensor("ids").readLongs(0, 2)).containsExactly(17, -1);
        }
    }

    private static void writeAt(Path path, long position, int... values) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (int value : values) {
            bytes.putInt(value);
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            channel.write(bytes.flip(), position);
        }
    }

    @Test
    void tensorOfMoreThanTwoGibibytesIsWrittenFromPieces() {
        int piece = 1 << 24;
        int pieces = 129;
        byte[] zeros = new byte[piece];
        byte[] last = new byte[piece];
        last[piece - 1] = 42;
        long size = (long) piece * pieces;
        Path path = folder.resolve("model.safetensors");
        TensorSource big =
                new TensorSource(
                        "big",
                        Dtype.I8,
                        List.of(size),
                        sink -> {
                            for (int i = 1; i < pieces; i++) {
                                sink.write(MemorySegment.ofArray(zeros));
                            }
                            sink.write(MemorySegment.ofArray(last));
                        });

        FileDigest digest = SafetensorsWriter.write(path, List.of(big), Map.of());

        assertThat(digest.size()).isGreaterThan(size);
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertThat(file.tensor("big").data().get(ValueLayout.JAVA_BYTE, size - 1))
                    .isEqualTo((byte) 42);
        }
    }
}
