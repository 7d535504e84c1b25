package io.sparsemesh.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.sparsemesh.cuda.cublas.Type;
import io.sparsemesh.engine.device.Attention;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.device.Heads;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Attention in two sequences, with four query heads and two heads of keys and values in one
/// projection.
class CudaAttentionTest {

    private static final int ROWS = 2 * 13;
    private static final Attention PLAIN = new Attention(13, 1, List.of());
    private static final long MANY = 1 << 20;

    private final Arena arena = Arena.ofShared();
    private Gpu gpu;

    @BeforeEach
    void open() {
        Emulator.use();
        gpu = new Gpu(0);
    }

    @AfterEach
    void close() {
        arena.close();
        if (gpu != null) {
            gpu.close();
        }
    }

    /// Where the heads lie in a projection.
    ///
    /// @param first column of the first head, all others lying behind it
    /// @param q which of the eight heads are queries, and so on
    private record Layout(
            int size, int sizeOfV, int first, List<Integer> q, List<Integer> k, List<Integer> v) {

        static Layout concatenated(int size, int sizeOfV, int first) {
            return new Layout(
                    size, sizeOfV, first, List.of(0, 1, 2, 3), List.of(4, 5), List.of(6, 7));
        }

        /// As Falcon has them: two queries, then their key and value.
        static Layout interleaved(int size, int first) {
            return new Layout(size, size, first, List.of(0, 1, 4, 5), List.of(2, 6), List.of(3, 7));
        }

        Heads heads(Matrix data, List<Integer> which, int size) {
            int room = Math.max(size, Math.max(this.size, sizeOfV));
            return new Heads(
                    data, size, which.stream().map(h -> (long) first + (long) h * room).toList());
        }

        Heads q(Matrix data) {
            return heads(data, q, size);
        }

        Heads k(Matrix data) {
            return heads(data, k, size);
        }

        Heads v(Matrix data) {
            return heads(data, v, sizeOfV);
        }

        Matrix projection(Arena arena) {
            int cols = first + 8 * Math.max(size, sizeOfV);
            Matrix data = Matrix.allocate(arena, ROWS, cols);
            Random random = new Random(5);
            for (int row = 0; row < ROWS; row++) {
                for (int col = 0; col < cols; col++) {
                    data.set(row, col, (float) random.nextGaussian() * 2);
                }
            }
            return data;
        }
    }

    private float[] run(CudaAttention attention, Attention options, Layout layout, Matrix host) {
        return run(attention, options, layout, host, 4L * layout.sizeOfV());
    }

    private float[] run(
            CudaAttention attention, Attention options, Layout layout, Matrix host, long stride) {
        Matrix data = gpu.scratch(arena, host.rows(), host.cols());
        gpu.context().transfers().upload(host, data);
        Matrix out = gpu.scratch(arena, ROWS, stride).columns(0, 4L * layout.sizeOfV());
        attention.run(options, layout.q(data), layout.k(data), layout.v(data), out);
        Matrix found = Matrix.allocate(arena, out.rows(), out.cols());
        gpu.context().transfers().download(out, found);
        return found.toArray();
    }

    private float[] naive(Attention options, Layout layout, Matrix data) {
        Matrix out = Matrix.allocate(arena, ROWS, 4L * layout.sizeOfV());
        try (Device naive = Devices.open("naive", 1)) {
            naive.neural().attention(options, layout.q(data), layout.k(data), layout.v(data), out);
        }
        return out.toArray();
    }

    private CudaAttention attention(Type type) {
        return new CudaAttention(gpu, type);
    }

    static List<Attention> options() {
        return List.of(
                PLAIN,
                PLAIN.within(4),
                PLAIN.capped(3),
                new Attention(13, 0.4f, List.of(0f, 0.5f, 0.1f, 1f), 6, 5),
                new Attention(1, 1, List.of()),
                new Attention(ROWS, 0.3f, List.of(), 20, 0));
    }

    @ParameterizedTest
    @MethodSource("options")
    void agreesWithTheReferenceInF32(Attention options) {
        for (Layout layout : List.of(Layout.concatenated(5, 3, 1), Layout.interleaved(4, 0))) {
            Matrix data = layout.projection(arena);
            assertThat(run(attention(Type.F32), options, layout, data))
                    .containsExactly(naive(options, layout, data), offset(2e-5f));
        }
    }

    @ParameterizedTest
    @MethodSource("options")
    void stripsOfQueriesAgreeWithTheReference(Attention options) {
        Layout layout = Layout.concatenated(4, 4, 0);
        Matrix data = layout.projection(arena);
        for (Type type : List.of(Type.F32, Type.F16)) {
            CudaAttention byStrips = new CudaAttention(gpu, type, 5, MANY);
            CudaAttention whole = new CudaAttention(gpu, type, ROWS, MANY);
            assertThat(run(byStrips, options, layout, data))
                    .containsExactly(run(whole, options, layout, data), offset(2e-6f));
        }
    }

    @Test
    void scoresThatExceedTheirMemoryAreTakenInGroups() {
        Layout layout = Layout.interleaved(4, 1);
        Matrix data = layout.projection(arena);
        Attention options = new Attention(13, 0.5f, List.of(0.1f, 0.2f, 0.3f, 0.4f));
        float[] expected = run(attention(Type.F32), options, layout, data);
        long bytesOfAHead = 13 * 16 * Float.BYTES;

        // None at once but the one that has to be, and three of the eight.
        for (long limit : new long[] {1, 3 * bytesOfAHead}) {
            CudaAttention limited = new CudaAttention(gpu, Type.F32, MANY, limit);
            assertThat(run(limited, options, layout, data))
                    .containsExactly(expected, offset(1e-5f));
        }
    }

    /// Weights are at most 1, and so is their sum: rounded, they move a result by at most their
    /// relative error, 2^-11 or 2^-8, times the largest value. Scores are so large here that
    /// operands rounded otherwise move it by more.
    @ParameterizedTest
    @CsvSource({"F16, 8, 8, 0", "F16, 20, 12, 3", "BF16, 8, 8, 0", "BF16, 20, 12, 3"})
    void operandsOfTwoBytesAreRoundedOnce(Type type, int size, int sizeOfV, int first) {
        for (Layout layout :
                List.of(
                        Layout.concatenated(size, sizeOfV, first),
                        Layout.interleaved(size, first))) {
            Matrix data = layout.projection(arena);
            float[] expected = naive(PLAIN, layout, rounded(type, data));
            float largest = largest(data);
            float tolerance = (type == Type.F16 ? 0x1p-11f : 0x1p-8f) * largest + 2e-5f;

            assertThat(run(attention(type), PLAIN, layout, data))
                    .containsExactly(expected, offset(tolerance));
            assertThat(furthest(naive(PLAIN, layout, data), expected)).isGreaterThan(tolerance);
        }
    }

    @Test
    void headsThatCannotBeAlignedKeepTheirDigits() {
        Layout layout = Layout.concatenated(8, 3, 0);
        Matrix data = layout.projection(arena);
        assertThat(run(attention(Type.F16), PLAIN, layout, data))
                .isEqualTo(run(attention(Type.F32), PLAIN, layout, data));
        Layout even = Layout.concatenated(8, 4, 0);
        Matrix other = even.projection(arena);
        assertThat(run(attention(Type.BF16), PLAIN, even, other, 17))
                .isEqualTo(run(attention(Type.F32), PLAIN, even, other, 17));
    }

    private Matrix rounded(Type type, Matrix a) {
        Matrix rounded = Matrix.allocate(arena, a.rows(), a.cols());
        for (int row = 0; row < a.rows(); row++) {
            for (int col = 0; col < a.cols(); col++) {
                rounded.set(row, col, rounded(type, a.get(row, col)));
            }
        }
        return rounded;
    }

    private static float rounded(Type type, float x) {
        if (type == Type.F16) {
            return Float.float16ToFloat(Float.floatToFloat16(x));
        }
        int bits = Float.floatToRawIntBits(x);
        int up = 0x7fff + (bits >>> 16 & 1);
        return Float.intBitsToFloat((bits + up) & 0xffff0000);
    }

    private static float largest(Matrix a) {
        return furthest(a.toArray(), new float[Math.toIntExact(a.rows() * a.cols())]);
    }

    private static float furthest(float[] a, float[] b) {
        return (float)
                IntStream.range(0, a.length)
                        .mapToDouble(i -> Math.abs(a[i] - b[i]))
                        .max()
                        .orElseThrow();
    }
}
