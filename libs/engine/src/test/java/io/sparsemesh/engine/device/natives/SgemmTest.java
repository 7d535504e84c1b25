package io.sparsemesh.engine.device.natives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Each library against sums in double precision.
class SgemmTest {

    private static final int ANY_VECTORS = 128;

    @BeforeAll
    static void onlyWhereBothAre() {
        assumeTrue(OneDnn.isPresent(), "oneDNN comes for Linux on x86-64 only");
    }

    private static Sgemm library(String name) {
        return Products.of(OpenBlas.get(), ANY_VECTORS, name).library();
    }

    @ParameterizedTest
    @CsvSource({
        "openblas, 1, 1, 1, 1, 0", "openblas, 65, 130, 47, -1, 1", "openblas, 128, 96, 200, 0.5, 2",
        "onednn, 1, 1, 1, 1, 0", "onednn, 65, 130, 47, -1, 1", "onednn, 128, 96, 200, 0.5, 2",
        "onednn, 3, 700, 1100, 1, 0", "onednn, 17, 1, 33, 2, -1", "onednn, 5, 7, 0, 1, 1",
        "onednn, 300, 310, 1, 1, 0"
    })
    void productsOfEachFormAreTheirSums(String name, int m, int n, int k, float alpha, float beta) {
        Sgemm library = library(name);
        for (int form = 0; form < 4; form++) {
            boolean transposeA = form % 2 == 1;
            boolean transposeB = form / 2 == 1;
            Random random = new Random(m * 31L + n * 7L + k);
            try (Arena arena = Arena.ofConfined()) {
                Matrix a = random(arena, random, transposeA ? k : m, transposeA ? m : k);
                Matrix b = random(arena, random, transposeB ? n : k, transposeB ? k : n);
                Matrix c = random(arena, random, m, n);
                Matrix before = Matrix.allocate(arena, m, n);
                before.copyFrom(c);

                multiply(library, alpha, a, transposeA, b, transposeB, beta, c, k);

                for (int i = 0; i < m; i++) {
                    for (int j = 0; j < n; j++) {
                        double sum = beta * before.get(i, j);
                        double size = Math.abs(sum) + 1e-30;
                        for (int l = 0; l < k; l++) {
                            double term =
                                    (double) (transposeA ? a.get(l, i) : a.get(i, l))
                                            * (transposeB ? b.get(j, l) : b.get(l, j));
                            sum += alpha * term;
                            size += Math.abs(alpha * term);
                        }
                        assertThat((double) c.get(i, j))
                                .as("form %d, element (%d, %d)", form, i, j)
                                .isCloseTo(sum, offset(1e-6 * size));
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"openblas", "onednn"})
    void whatIsInTheResultDoesNotMatterWhereBetaIsNought(String name) {
        try (Arena arena = Arena.ofConfined()) {
            Matrix a = random(arena, new Random(1), 70, 90);
            Matrix b = random(arena, new Random(2), 90, 110);
            Matrix clean = Matrix.allocate(arena, 70, 110);
            Matrix dirty = Matrix.allocate(arena, 70, 110);
            for (int i = 0; i < 70; i++) {
                for (int j = 0; j < 110; j++) {
                    dirty.set(i, j, Float.NaN);
                }
            }

            multiply(library(name), 1, a, false, b, false, 0, clean, 90);
            multiply(library(name), 1, a, false, b, false, 0, dirty, 90);

            assertThat(dirty.toArray()).isEqualTo(clean.toArray()).doesNotContain(Float.NaN);
        }
    }

    @Test
    void sizesThatAreRefusedAreNamed() {
        Sgemm library = library("onednn");
        try (Arena arena = Arena.ofConfined()) {
            Matrix a = Matrix.allocate(arena, 2, 2);

            assertThatThrownBy(() -> multiply(library, 1, a, false, a, false, 0, a, -3))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("dnnl_sgemm of 2 x 2 x -3: status 2");
        }
    }

    /// Rows a little apart, so that a wrong distance shows.
    private static Matrix random(Arena arena, Random random, int rows, int cols) {
        Matrix whole = Matrix.allocate(arena, rows, cols + 3);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < cols; j++) {
                whole.set(i, j, (float) random.nextGaussian());
            }
        }
        return whole.columns(0, cols);
    }

    private static void multiply(
            Sgemm library,
            float alpha,
            Matrix a,
            boolean transposeA,
            Matrix b,
            boolean transposeB,
            float beta,
            Matrix c,
            int k) {
        library.sgemm(
                transposeA,
                transposeB,
                (int) c.rows(),
                (int) c.cols(),
                k,
                alpha,
                a.data(),
                (int) a.stride(),
                b.data(),
                (int) b.stride(),
                beta,
                c.data(),
                (int) c.stride());
    }
}
