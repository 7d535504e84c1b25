package io.sparsemesh.engine.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What every device has to do, compared with sums in double written out here: its memory and its
/// products.
public abstract class DeviceContract extends OnDevice {

    @ParameterizedTest
    @CsvSource({"1,1,1", "3,127,129", "127,64,1", "129,300,128", "257,40,530"})
    void multiplyFollowsItsFormula(int m, int k, int n) {
        Matrix a = random(1, m, k);
        Matrix b = random(2, k, n);
        Matrix c = random(3, m, n);
        float[] before = c.toArray();

        device().blas().multiply(0.5f, a, b, -2f, c);

        assertProduct(c, before, -2f, 0.5f, k, (i, j, x) -> (double) a.get(i, x) * b.get(x, j));
    }

    @ParameterizedTest
    @CsvSource({"1,1,1", "3,127,129", "127,64,1", "129,300,128", "257,40,530"})
    void multiplyTransposedFollowsItsFormula(int m, int k, int n) {
        Matrix a = random(1, m, k);
        Matrix b = random(2, n, k);
        Matrix c = random(3, m, n);
        float[] before = c.toArray();

        device().blas().multiplyTransposed(1.5f, a, b, 1f, c);

        assertProduct(c, before, 1f, 1.5f, k, (i, j, x) -> (double) a.get(i, x) * b.get(j, x));
    }

    @ParameterizedTest
    @CsvSource({"1,1,1", "3,127,129", "1030,64,1", "129,300,128", "257,40,1600"})
    void linearsWithOneInputFollowTheirFormula(int m, int k, int n) {
        Matrix a = random(1, m, k);
        List<Matrix> weights = List.of(random(2, n, k), random(3, 2L * n, k), random(4, 1, k));
        List<Matrix> results = weights.stream().map(w -> filled(m, w.rows(), Float.NaN)).toList();

        device().blas().multiplyTransposed(a, weights, results);

        for (int index = 0; index < weights.size(); index++) {
            Matrix w = weights.get(index);
            Matrix c = results.get(index);
            float[] zeros = new float[Math.toIntExact(m * w.rows())];
            assertProduct(c, zeros, 0, 1, k, (i, j, x) -> (double) a.get(i, x) * w.get(j, x));
        }
    }

    @ParameterizedTest
    @CsvSource({"1,1,1", "3,127,129", "127,64,1", "129,300,128", "257,40,530"})
    void transposedMultiplyFollowsItsFormula(int m, int k, int n) {
        Matrix a = random(1, k, m);
        Matrix b = random(2, k, n);
        Matrix c = random(3, m, n);
        float[] before = c.toArray();

        device().blas().transposedMultiply(-1f, a, b, 1f, c);

        assertProduct(c, before, 1f, -1f, k, (i, j, x) -> (double) a.get(x, i) * b.get(x, j));
    }

    @Test
    void betaZeroOverwritesWhatWasThere() {
        Matrix a = random(1, 5, 7);
        Matrix b = random(2, 7, 3);
        Matrix c = random(3, 5, 3);
        c.set(2, 2, Float.NaN);

        device().blas().multiply(1, a, b, 0, c);

        float[] zeros = new float[15];
        assertProduct(c, zeros, 0, 1, 7, (i, j, x) -> (double) a.get(i, x) * b.get(x, j));
    }

    @Test
    void emptySumOverwritesWithZeros() {
        Matrix c = random(3, 5, 3);
        c.set(2, 2, Float.NaN);

        device().blas().transposedMultiply(1, allocate(0, 5), allocate(0, 3), 0, c);

        assertThat(c.toArray()).containsOnly(0f);
    }

    @Test
    void memoryIsZeroedUnlessItIsScratch() {
        try (Arena own = Arena.ofShared()) {
            Matrix scratch = device().scratch(own, 600, 700);
            for (long r = 0; r < 600; r++) {
                scratch.set(r, 699, 7);
            }
        }
        Matrix zeroed = device().allocate(arena(), 600, 700);

        assertThat(device().pruning().countZeros(zeroed)).isEqualTo(600 * 700);
    }

    @ParameterizedTest
    @CsvSource({"1,1", "5,127", "200,128", "64,129", "33,530", "20,1100"})
    void gramMatrixIsSymmetricAndAddedTo(int tokens, int n) {
        Matrix x = random(4, tokens, n);
        Matrix h = allocate(n, n);
        for (int i = 0; i < n; i++) {
            h.set(i, i, 3);
        }
        float[] before = h.toArray();

        device().blas().addGram(x, h);

        assertProduct(h, before, 1, 1, tokens, (i, j, t) -> (double) x.get(t, i) * x.get(t, j));
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < i; j++) {
                assertThat(h.get(i, j)).isEqualTo(h.get(j, i));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1,1", "5,127", "200,128", "33,530", "20,1100"})
    void upperTrianglesOfSumsMirroredAtTheEndAreTheSumsMirroredEachTime(int tokens, int n) {
        Matrix x = random(4, tokens, n);
        Matrix y = random(5, tokens, n);
        Matrix each = allocate(n, n);
        Matrix end = allocate(n, n);

        device().blas().addGram(x, each);
        device().blas().addGram(y, each);
        device().blas().addGramUpper(x, end);
        device().blas().addGramUpper(y, end);
        device().blas().mirrorUpper(end);

        assertThat(end.toArray()).isEqualTo(each.toArray());
    }

    @Test
    void mirroringAViewLeavesTheRest() {
        Matrix h = random(6, 150, 150);
        float[] before = h.toArray();

        device().blas().mirrorUpper(h.view(10, 10, 130, 130));

        for (int i = 0; i < 150; i++) {
            for (int j = 0; j < 150; j++) {
                boolean below = i > j && j >= 10 && i < 140;
                assertThat(h.get(i, j)).isEqualTo(before[below ? j * 150 + i : i * 150 + j]);
            }
        }
    }

    @Test
    void uploadThenDownloadIsTheIdentityForViews() {
        Matrix host = random(5, 9, 11);
        Matrix onDevice = device().allocate(arena(), 9, 11);
        device().upload(host, onDevice);
        Matrix back = Matrix.allocate(arena(), 4, 5);

        device().download(onDevice.view(2, 3, 4, 5), back);

        assertThat(back.toArray()).isEqualTo(host.view(2, 3, 4, 5).toArray());
    }

    @Test
    void productOfShapesThatDoNotFitIsRefused() {
        Matrix a = random(1, 2, 3);
        assertThatThrownBy(() -> device().blas().multiply(1, a, a, 0, a))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[2 x 3]");
    }

    @Test
    void addScaledFollowsItsFormulaAndMayWorkInPlace() {
        Matrix a = random(1, 3, 5);
        Matrix c = random(2, 3, 5);
        float[] x = a.toArray();
        float[] before = c.toArray();

        device().blas().addScaled(2f, a, -0.5f, c);
        device().blas().addScaled(3f, a, 0, a);

        for (int i = 0; i < x.length; i++) {
            assertThat(c.get(i / 5, i % 5)).isEqualTo(2 * x[i] - 0.5f * before[i], offset(1e-6f));
            assertThat(a.get(i / 5, i % 5)).isEqualTo(3 * x[i]);
        }
    }

    @ParameterizedTest
    @CsvSource({"1,1", "3,127", "129,5"})
    void dotIsTheSumOfProducts(int rows, int cols) {
        Matrix a = random(1, rows, cols);
        Matrix b = random(2, rows, cols);
        double expected = 0;
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < cols; c++) {
                expected += (double) a.get(r, c) * b.get(r, c);
            }
        }

        assertThat(device().blas().dot(a, b)).isEqualTo(expected, offset(1e-9));
    }

    @FunctionalInterface
    interface Term {
        double at(long row, long col, long inner);
    }

    private static void assertProduct(
            Matrix c, float[] before, float beta, float alpha, long inner, Term term) {
        for (int i = 0; i < c.rows(); i++) {
            for (int j = 0; j < c.cols(); j++) {
                double sum = 0;
                double size = 1;
                for (int x = 0; x < inner; x++) {
                    sum += term.at(i, j, x);
                    size += Math.abs(term.at(i, j, x));
                }
                double expected = beta * before[(int) (i * c.cols() + j)] + alpha * sum;
                assertThat((double) c.get(i, j))
                        .as("element (%d, %d)", i, j)
                        .isCloseTo(expected, offset(2e-6 * size));
            }
        }
    }
}
