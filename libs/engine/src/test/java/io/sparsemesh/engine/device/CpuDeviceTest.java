package io.sparsemesh.engine.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.checkpoint.Tensor;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CpuDeviceTest extends DeviceContract {

    @Override
    protected Device open() {
        return Devices.open("cpu", 2);
    }

    @Test
    void nameSaysWhichLibraryComputes() {
        assertThat(device().name()).contains("OpenBLAS", "2 threads");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 5})
    void productsAreTheSameBitsForAnyNumberOfThreads(int threads) {
        Matrix a = random(1, 700, 333);
        Matrix b = random(2, 900, 333);
        Matrix two = allocate(700, 900);
        Matrix other = allocate(700, 900);
        Matrix gramOfTwo = allocate(333, 333);
        Matrix gramOfOther = allocate(333, 333);

        try (Device device = Devices.open("cpu", threads)) {
            device.blas().multiplyTransposed(1, a, b, 0, other);
            device.blas().addGram(a, gramOfOther);
        }
        device().blas().multiplyTransposed(1, a, b, 0, two);
        device().blas().addGram(a, gramOfTwo);

        assertThat(other.toArray()).isEqualTo(two.toArray());
        assertThat(gramOfOther.toArray()).isEqualTo(gramOfTwo.toArray());
    }

    @ParameterizedTest
    @CsvSource({"1,1024", "127,1025", "1023,1024", "1025,1040", "2050,1024"})
    void wideGramMatricesAreSumsOfAllRowsAndTheSameBitsForAnyNumberOfThreads(int tokens, int n) {
        Matrix x = random(4, tokens, n);
        Matrix h = filled(n, n, 3);
        Matrix ofThree = filled(n, n, 3);

        device().blas().addGram(x, h);
        try (Device three = Devices.open("cpu", 3)) {
            three.blas().addGram(x, ofThree);
        }

        assertThat(ofThree.toArray()).isEqualTo(h.toArray());
        Random places = new Random(tokens);
        for (int k = 0; k < 1000; k++) {
            int i = places.nextInt(n);
            int j = places.nextInt(n);
            double sum = 0;
            double size = 1;
            for (int t = 0; t < tokens; t++) {
                double term = (double) x.get(t, i) * x.get(t, j);
                sum += term;
                size += Math.abs(term);
            }
            assertThat((double) h.get(i, j))
                    .as("element (%d, %d)", i, j)
                    .isCloseTo(3 + sum, offset(2e-6 * size));
            assertThat(h.get(i, j)).isEqualTo(h.get(j, i));
        }
    }

    /// 1024 columns are padded in scratch memory, 1023 are not.
    @ParameterizedTest
    @CsvSource({"F32,1,5", "F32,700,1023", "F32,700,1024", "F16,300,1024", "BF16,300,1025"})
    void tensorsAreLoadedByAllThreadsAndTheirFirstNonFiniteElementFound(
            Dtype dtype, int rows, int cols) {
        MemorySegment floats = arena().allocate((long) rows * cols * Float.BYTES);
        for (long i = 0; i < (long) rows * cols; i++) {
            floats.setAtIndex(ValueLayout.JAVA_FLOAT, i, i % 251 - 125);
        }
        Matrix expected = Matrix.of(floats, rows, cols);

        Loaded loaded = device().load(arena(), tensor(dtype, expected), rows, cols);

        assertThat(loaded.nonFinite()).isEmpty();
        assertThat(loaded.matrix().toArray()).isEqualTo(expected.toArray());

        expected.set(rows - 1, 3, Float.POSITIVE_INFINITY);
        expected.set(rows / 2, 4, Float.NaN);
        assertThat(device().load(arena(), tensor(dtype, expected), rows, cols).nonFinite())
                .contains(new PruningOps.Position(rows / 2, rows == 1 ? 3 : 4));
    }

    private Tensor tensor(Dtype dtype, Matrix values) {
        MemorySegment bytes = arena().allocate(values.rows() * values.cols() * dtype.bytes());
        dtype.fromF32(values.data(), bytes);
        return new Tensor("w", dtype, List.of(values.rows(), values.cols()), bytes);
    }

    @Test
    void deviceWithoutThreadsIsRefused() {
        assertThatThrownBy(() -> Devices.open("cpu", 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("threads");
    }
}
