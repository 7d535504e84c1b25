package io.sparsemesh.engine.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.sparsemesh.engine.matrix.Matrix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What the steps of a refit have to do on every device, compared with the textbook's in double.
public abstract class ConjugateContract extends OnDevice {

    @ParameterizedTest
    @CsvSource({"1,1", "3,16", "40,127", "17,129"})
    void conjugateStepsAreTheTextbooksOnEachRow(int rows, int cols) {
        Matrix q = withZeros(11, rows, cols);
        Matrix p = random(13, rows, cols);
        // A stand-in for P times a positive matrix, so that the curvature is positive.
        Matrix ap = random(15, rows, cols);
        device().blas().addScaled(3, p, 0.1f, ap);
        Matrix x = random(16, rows, cols);
        Matrix r = random(12, rows, cols);
        Matrix energy = filled(rows, 1, 0.75f);
        energy.set(0, 0, 0);
        double[][] moved = rowsOf(x);
        double[][] left = rowsOf(r);
        for (int row = 1; row < rows; row++) {
            double curvature = dot(rowsOf(p)[row], rowsOf(ap)[row]);
            add(0.75 / curvature, rowsOf(p)[row], moved[row]);
            add(-0.75 / curvature, rowsOf(ap)[row], left[row]);
        }

        device().pruning().descend(step(q, x, r, p, ap, energy));

        for (int row = 0; row < rows; row++) {
            for (int c = 0; c < cols; c++) {
                if (q.get(row, c) == 0) {
                    assertThat(r.get(row, c)).isZero();
                } else {
                    assertThat((double) x.get(row, c)).isEqualTo(moved[row][c], offset(1e-4));
                    assertThat((double) r.get(row, c)).isEqualTo(left[row][c], offset(1e-4));
                }
            }
        }
        assertThat(energy.get(0, 0)).isZero();
    }

    @ParameterizedTest
    @CsvSource({"1,1", "3,16", "40,127", "17,129"})
    void conjugateTurnsAreTheTextbooksOnEachRow(int rows, int cols) {
        Matrix q = withZeros(11, rows, cols);
        Matrix r = random(12, rows, cols);
        Matrix p = random(13, rows, cols);
        Matrix takenOff = random(14, rows, cols);
        double[][] residual = masked(q, r);
        upload(residual, r);
        double[][] z = masked(q, takenOff);
        double[][] expected = rowsOf(p);
        for (int row = 0; row < rows; row++) {
            for (int c = 0; c < cols; c++) {
                z[row][c] = residual[row][c] / 1.5 - z[row][c];
                // The energy of the first row is 0: what was its direction is not read.
                expected[row][c] = row == 0 ? 0 : expected[row][c];
            }
        }
        Matrix energy = filled(rows, 1, 0.75f);
        energy.set(0, 0, 0);
        float[] after = new float[rows];
        for (int row = 0; row < rows; row++) {
            after[row] = (float) dot(residual[row], z[row]);
            scale(after[row] / 0.75, expected[row]);
            add(1, z[row], expected[row]);
        }

        device().pruning().turn(step(q, allocate(rows, cols), r, p, takenOff, energy));

        assertRows(p, expected, 1);
        for (int row = 0; row < rows; row++) {
            assertThat(energy.get(row, 0)).isEqualTo(after[row], offset(1e-3f));
        }
    }

    private Matrix withZeros(int seed, int rows, int cols) {
        Matrix q = random(seed, rows, cols);
        for (int row = 0; row < rows; row++) {
            for (int c = row % 2; c < cols; c += 2) {
                q.set(row, c, 0);
            }
        }
        return q;
    }

    private ConjugateStep step(Matrix q, Matrix x, Matrix r, Matrix p, Matrix ap, Matrix energy) {
        return new ConjugateStep(q, filled(1, (int) q.cols(), 1.5f), x, r, p, ap, energy);
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int c = 0; c < a.length; c++) {
            sum += a[c] * b[c];
        }
        return sum;
    }

    private static void add(double factor, double[] a, double[] to) {
        for (int c = 0; c < a.length; c++) {
            to[c] += factor * a[c];
        }
    }

    private static void scale(double factor, double[] a) {
        for (int c = 0; c < a.length; c++) {
            a[c] *= factor;
        }
    }

    private static void upload(double[][] rows, Matrix a) {
        for (int row = 0; row < rows.length; row++) {
            for (int c = 0; c < rows[row].length; c++) {
                a.set(row, c, (float) rows[row][c]);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1,1", "2,15", "5,16", "32,17", "33,40"})
    void smallSystemsAreSolvedOneInEachColumn(int order, int systems) {
        Matrix a = allocate(order * (order + 1) / 2, systems);
        double[][][] full = new double[systems][order][order];
        for (int system = 0; system < systems; system++) {
            double[][] half = rowsOf(random(20 + system, order, order + 1));
            int at = 0;
            for (int i = 0; i < order; i++) {
                for (int j = 0; j <= i; j++) {
                    a.set(at++, system, (float) dot(half[i], half[j]));
                    full[system][i][j] = dot(half[i], half[j]) + (i == j ? 1 : 0);
                    full[system][j][i] = full[system][i][j];
                }
            }
        }
        double[][] solutions = rowsOf(random(19, systems, order));
        Matrix c = allocate(order, systems);
        for (int system = 0; system < systems; system++) {
            for (int i = 0; i < order; i++) {
                c.set(i, system, (float) dot(full[system][i], solutions[system]));
            }
        }

        device().pruning().factorEach(a);
        device().pruning().solveEach(a, c);

        for (int system = 0; system < systems; system++) {
            for (int i = 0; i < order; i++) {
                assertThat((double) c.get(i, system))
                        .as("system %d, unknown %d", system, i)
                        .isEqualTo(solutions[system][i], offset(2e-3));
            }
        }
    }

    @Test
    void trianglesOfNoOrderAreRefused() {
        assertThatThrownBy(() -> device().pruning().factorEach(allocate(5, 3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("found 5");
    }

    @ParameterizedTest
    @CsvSource({"1,1", "3,16", "17,129"})
    void keptWeightsAreMarkedInPlaceToo(int rows, int cols) {
        Matrix q = withZeros(11, rows, cols);
        Matrix m = allocate(rows, cols);

        device().pruning().kept(q, m);

        for (int row = 0; row < rows; row++) {
            for (int c = 0; c < cols; c++) {
                assertThat(m.get(row, c)).isEqualTo(q.get(row, c) == 0 ? 0 : 1);
            }
        }
        device().pruning().kept(q, q);
        assertThat(q.toArray()).isEqualTo(m.toArray());
    }

    @ParameterizedTest
    @CsvSource({"1,1", "3,16", "17,129"})
    void zerosGetTheValueThatIsBestForThemAlone(int rows, int cols) {
        Matrix q = withZeros(11, rows, cols);
        Matrix g = random(12, rows, cols);
        Matrix d = filled(1, cols, 2);
        d.set(0, cols - 1, 0.25f);
        Matrix v = allocate(rows, cols);

        device().pruning().propose(q, g, d, v);

        for (int row = 0; row < rows; row++) {
            for (int c = 0; c < cols; c++) {
                float alone = g.get(row, c) / d.get(0, c);
                assertThat(v.get(row, c)).isEqualTo(q.get(row, c) == 0 ? alone : q.get(row, c));
            }
        }
    }

    private static double[][] masked(Matrix q, Matrix a) {
        double[][] rows = rowsOf(a);
        for (int row = 0; row < rows.length; row++) {
            for (int c = 0; c < rows[row].length; c++) {
                rows[row][c] = q.get(row, c) == 0 ? 0 : rows[row][c];
            }
        }
        return rows;
    }

    private static double[][] rowsOf(Matrix a) {
        double[][] rows = new double[(int) a.rows()][(int) a.cols()];
        for (int row = 0; row < rows.length; row++) {
            for (int c = 0; c < rows[row].length; c++) {
                rows[row][c] = a.get(row, c);
            }
        }
        return rows;
    }

    private static void assertRows(Matrix found, double[][] expected, double factor) {
        for (int row = 0; row < expected.length; row++) {
            for (int c = 0; c < expected[row].length; c++) {
                assertThat((double) found.get(row, c))
                        .as("(%d, %d)", row, c)
                        .isEqualTo(expected[row][c] * factor, offset(1e-4));
            }
        }
    }
}
