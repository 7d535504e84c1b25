package io.sparsemesh.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Both encodings against examples worked by hand, and there and back.
class WeightEncodingTest {

    private static final float[] EXAMPLE = {
        0, 1, 0, 2, 0, 0, 3, 0, 0, 4, // row 0
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, // row 1
        5, 0, 0, 0, 0, 6, 7, 0, 8, 9, // row 2
    };

    private static Tensor tensor(String name, Dtype dtype, List<Long> shape, float... values) {
        byte[] bytes = new byte[values.length * dtype.bytes()];
        dtype.fromF32(MemorySegment.ofArray(values), MemorySegment.ofArray(bytes));
        return new Tensor(name, dtype, shape, MemorySegment.ofArray(bytes));
    }

    /// The parts as a file would give them, by the end of their names.
    private static Map<String, Tensor> written(List<TensorSource> parts) {
        Map<String, Tensor> tensors = new HashMap<>();
        for (TensorSource part : parts) {
            assertThat(part.name()).startsWith("p.");
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try {
                part.content()
                        .writeTo(piece -> bytes.writeBytes(piece.toArray(ValueLayout.JAVA_BYTE)));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
            tensors.put(
                    part.name().substring(1),
                    new Tensor(
                            part.name(),
                            part.dtype(),
                            part.shape(),
                            MemorySegment.ofArray(bytes.toByteArray())));
        }
        return tensors;
    }

    private static long[] longs(Tensor tensor) {
        return tensor.readLongs(0, (int) tensor.elements());
    }

    @Test
    void bitmaskOfTheExample() {
        Tensor weight = tensor("p.weight", Dtype.BF16, List.of(3L, 10L), EXAMPLE);

        Map<String, Tensor> parts = written(new SparseBitmask().encode(weight));

        assertThat(parts).containsOnlyKeys(".shape", ".compressed", ".bitmask", ".row_offsets");
        assertThat(longs(parts.get(".shape"))).containsExactly(3, 10);
        assertThat(longs(parts.get(".bitmask"))).containsExactly(74, 2, 0, 0, 97, 3);
        assertThat(parts.get(".bitmask").shape()).containsExactly(3L, 2L);
        assertThat(longs(parts.get(".row_offsets"))).containsExactly(0, 4, 4);
        assertThat(parts.get(".compressed").dtype()).isEqualTo(Dtype.BF16);
        assertThat(parts.get(".compressed").toFloats()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9);
    }

    @ParameterizedTest
    @EnumSource(names = {"F64", "F32", "F16", "BF16"})
    void bitmaskGivesEveryBitBack(Dtype dtype) {
        float[] values = EXAMPLE.clone();
        values[2] = -0.0f;
        values[3] = Float.MIN_VALUE;
        values[4] = Float.NaN;
        Tensor weight = tensor("p.weight", dtype, List.of(5L, 6L), values);
        SparseBitmask encoding = new SparseBitmask();

        Tensor back = encoding.decode("p.weight", written(encoding.encode(weight))::get);

        assertThat(back.shape()).isEqualTo(weight.shape());
        assertThat(back.dtype()).isEqualTo(dtype);
        assertThat(back.data().mismatch(weight.data())).isEqualTo(-1);
    }

    @Test
    void bitmaskWhoseOffsetsAreWrongIsRefused() {
        Tensor weight = tensor("p.weight", Dtype.F32, List.of(3L, 10L), EXAMPLE);
        Map<String, Tensor> parts = written(new SparseBitmask().encode(weight));
        parts.get(".bitmask").data().set(ValueLayout.JAVA_BYTE, 0, (byte) 75);

        assertThatThrownBy(() -> new SparseBitmask().decode("p.weight", parts::get))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("'p.row_offsets': expected 5 at row 1, found 4");
    }

    @Test
    void fourBitsLieLowBitsFirst() {
        float[] values = {-8, -7, -6, -5, -4, -3, -2, -1, 0, 7};
        Tensor weight = tensor("p.weight", Dtype.F32, List.of(1L, 10L), values);
        Tensor scale = tensor("s", Dtype.F32, List.of(1L, 1L), 1);

        Map<String, Tensor> parts = written(new PackedIntegers(4).encode(weight, scale));

        assertThat(parts).containsOnlyKeys(".weight_packed", ".weight_scale", ".weight_shape");
        assertThat(parts.get(".weight_packed").shape()).containsExactly(1L, 2L);
        assertThat(longs(parts.get(".weight_packed"))).containsExactly(0x76543210, 0xf8);
        assertThat(longs(parts.get(".weight_shape"))).containsExactly(1, 10);
    }

    @ParameterizedTest
    @CsvSource({
        "2,F32,33,1",
        "3,F32,33,3",
        "3,BF16,64,2",
        "4,F16,129,3",
        "4,BF16,256,2",
        "8,BF16,40,5",
        "8,F16,7,1",
        "3,F32,11,1"
    })
    void integersAreAStreamOfBitsAndComeBackExactly(int bits, Dtype dtype, int cols, int groups) {
        long seed = 11 * bits + cols;
        Random random = new Random(seed);
        int rows = 5;
        float[] scales = new float[rows * groups];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = 0.01f + random.nextFloat();
        }
        Tensor scale = tensor("s", dtype, List.of((long) rows, (long) groups), scales);
        int[] codes = random.ints((long) rows * cols, 0, 1 << bits).toArray();
        float[] values = new float[rows * cols];
        for (int i = 0; i < values.length; i++) {
            int group = i % cols / (cols / groups);
            float exact = scale.toFloats()[i / cols * groups + group];
            values[i] = (codes[i] - (1 << bits - 1)) * exact;
        }
        Tensor weight = tensor("p.weight", dtype, List.of((long) rows, (long) cols), values);
        PackedIntegers encoding = new PackedIntegers(bits);

        Map<String, Tensor> parts = written(encoding.encode(weight, scale));
        Tensor back = encoding.decode("p.weight", parts::get);

        assertThat(back.data().mismatch(weight.data())).as("seed %d", seed).isEqualTo(-1);
        long[] words = longs(parts.get(".weight_packed"));
        int width = words.length / rows;
        for (int r = 0; r < rows; r++) {
            BigInteger expected = BigInteger.ZERO;
            for (int c = 0; c < cols; c++) {
                expected = expected.or(BigInteger.valueOf(codes[r * cols + c]).shiftLeft(c * bits));
            }
            for (int i = 0; i < width; i++) {
                assertThat((int) words[r * width + i])
                        .as("seed %d, row %d, word %d", seed, r, i)
                        .isEqualTo(expected.shiftRight(32 * i).intValue());
            }
        }
    }

    @Test
    void weightBeyondTheGridIsRefused() {
        Tensor weight = tensor("p.weight", Dtype.F32, List.of(1L, 2L), 1, 8);
        Tensor scale = tensor("s", Dtype.F32, List.of(1L, 1L), 1);

        assertThatThrownBy(() -> written(new PackedIntegers(4).encode(weight, scale)))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(
                        "'p.weight': expected an integer of 4 bits times 1.0 at [0, 1]");
    }

    @Test
    void unequalGroupsAreRefused() {
        Tensor weight = tensor("p.weight", Dtype.F32, List.of(1L, 3L), 1, 2, 3);
        Tensor scale = tensor("p.weight_scale", Dtype.F32, List.of(1L, 2L), 1, 1);

        assertThatThrownBy(() -> new PackedIntegers(4).encode(weight, scale))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("groups of equal size in 3 columns, found 2 groups");
    }

    @Test
    void columnsWhoseBitsOverflowAreRefused() {
        long columns = 1L << 61;
        Map<String, Tensor> parts =
                Map.of(
                        ".weight_shape", longTensor(".weight_shape", 1, columns),
                        ".weight_packed", tensor("w", Dtype.F16, List.of(1L, 0L)),
                        ".weight_scale", tensor("s", Dtype.F16, List.of(1L, 1L), 1));

        assertThatThrownBy(() -> new PackedIntegers(8).decode("p.weight", parts::get))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("fewer than 2^31 columns, found " + columns);
    }

    @Test
    void rowsWithoutColumnsAreDecodedAtOnce() {
        long rows = 1L << 62;
        Map<String, Tensor> parts =
                Map.of(
                        ".weight_shape", longTensor(".weight_shape", rows, 0),
                        ".weight_packed",
                                new Tensor(
                                        "w",
                                        Dtype.I32,
                                        List.of(rows, 0L),
                                        MemorySegment.ofArray(new byte[0])),
                        ".weight_scale", tensor("s", Dtype.F16, List.of(rows, 0L)));

        assertThat(new PackedIntegers(4).decode("p.weight", parts::get).elements()).isZero();
    }

    private static Tensor longTensor(String name, long... values) {
        MemorySegment bytes = PackedIntegers.longs(values);
        return new Tensor(name, Dtype.I64, List.of((long) values.length), bytes);
    }
}
