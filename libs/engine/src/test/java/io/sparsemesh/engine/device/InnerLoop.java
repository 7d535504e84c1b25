package io.sparsemesh.engine.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.sparsemesh.engine.matrix.Matrix;
import java.util.Arrays;

/// The inner loop of Algorithm 1 for one block, row by row, in double, each step by itself: written
/// apart from the devices' own.
///
/// @param q the pruned weights, `[b][rows]`
/// @param e the errors
/// @param d `W - Q`
record InnerLoop(double[][] q, double[][] e, double[][] d, double loss) {

    static InnerLoop of(ColumnBlock block, Selection selection, Rounding rounding) {
        int b = (int) block.columns();
        int rows = (int) block.rows();
        double[][] v = new double[b][rows];
        for (int j = 0; j < b; j++) {
            for (int row = 0; row < rows; row++) {
                v[j][row] = block.w().get(row, j);
                for (int k = 0; k <= j; k++) {
                    v[j][row] += (double) block.s().get(k, row) * block.u().get(k, j);
                }
            }
        }
        boolean[][] goes = new boolean[b][rows];
        if (selection instanceof Selection.Smallest(long count, boolean exact)) {
            double[] sorted =
                    Arrays.stream(saliencies(v, block.u()))
                            .flatMapToDouble(Arrays::stream)
                            .toArray();
            Arrays.sort(sorted);
            double threshold =
                    !exact ? sorted[(int) count] : count == 0 ? -1 : sorted[(int) count - 1];
            double[][] saliency = saliencies(v, block.u());
            for (int c = 0; c < b; c++) {
                for (int row = 0; row < rows; row++) {
                    goes[c][row] = saliency[c][row] <= threshold;
                }
            }
        }
        if (selection instanceof Selection.Zeros) {
            for (int c = 0; c < b; c++) {
                for (int row = 0; row < rows; row++) {
                    goes[c][row] = block.w().get(row, c) == 0;
                }
            }
        }
        double[][] q = new double[b][rows];
        double[][] e = new double[b][rows];
        double[][] d = new double[b][rows];
        double loss = 0;
        for (int row = 0; row < rows; row++) {
            for (int c = 0; c < b; c++) {
                if (selection instanceof Selection.PerGroup(int drop, int group)
                        && c % group == 0) {
                    choose(v, block.u(), goes, row, c, Math.min(c + group, b), drop);
                }
                q[c][row] = goes[c][row] ? 0 : rounded(rounding, c, row, v[c][row]);
                e[c][row] = (v[c][row] - q[c][row]) / block.u().get(c, c);
                d[c][row] = block.w().get(row, c) - q[c][row];
                loss += e[c][row] * e[c][row] / 2;
                for (int j = c; j < b; j++) {
                    v[j][row] -= e[c][row] * block.u().get(c, j);
                }
            }
        }
        return new InnerLoop(q, e, d, loss);
    }

    private static double rounded(Rounding rounding, int c, int row, double v) {
        if (!(rounding instanceof Rounding.Grid grid)) {
            return v;
        }
        int group = 0;
        for (long end = grid.width() - grid.first(); end <= c; end += grid.width()) {
            group++;
        }
        double nearest = 0;
        for (int step = 0; step <= grid.top(); step++) {
            double candidate = grid.scale().get(group, row) * (step - grid.zero().get(group, row));
            boolean nearer = Math.abs(v - candidate) < Math.abs(v - nearest);
            nearest = step == 0 || nearer ? candidate : nearest;
        }
        return nearest;
    }

    private static double[][] saliencies(double[][] v, Matrix u) {
        double[][] saliency = new double[v.length][v[0].length];
        for (int c = 0; c < v.length; c++) {
            for (int row = 0; row < v[0].length; row++) {
                saliency[c][row] = Math.pow(v[c][row] / u.get(c, c), 2);
            }
        }
        return saliency;
    }

    private static void choose(
            double[][] v, Matrix u, boolean[][] goes, int row, int from, int to, int drop) {
        for (int n = 0; n < Math.min(drop, to - from); n++) {
            int smallest = -1;
            for (int c = from; c < to; c++) {
                if (!goes[c][row]
                        && (smallest < 0
                                || Math.abs(v[c][row] / u.get(c, c))
                                        < Math.abs(v[smallest][row] / u.get(smallest, smallest)))) {
                    smallest = c;
                }
            }
            goes[smallest][row] = true;
        }
    }

    void assertSame(ColumnBlock block, double foundLoss) {
        double scale =
                Arrays.stream(q).flatMapToDouble(Arrays::stream).map(Math::abs).max().orElse(0);
        for (int c = 0; c < q.length; c++) {
            for (int row = 0; row < q[c].length; row++) {
                float found = block.w().get(row, c);
                assertThat(found == 0).as("(%d, %d) goes", row, c).isEqualTo(q[c][row] == 0);
                assertThat(Float.floatToRawIntBits(found)).isNotEqualTo(0x80000000);
                assertThat((double) found).isEqualTo(q[c][row], offset(1e-5 * (1 + scale)));
                assertThat((double) block.d().get(c, row))
                        .isEqualTo(d[c][row], offset(1e-5 * (1 + scale)));
            }
        }
        assertThat(foundLoss).isEqualTo(loss, offset(1e-4 * (1 + loss)));
    }
}
