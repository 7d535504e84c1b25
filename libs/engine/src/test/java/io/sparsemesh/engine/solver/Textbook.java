package io.sparsemesh.engine.solver;

import java.util.Arrays;

/// Algorithm 1 exactly as the paper prints it, in double: the inverse of H, its upper Cholesky
/// factor, errors pushed through its rows. Shares nothing with the solver.
final class Textbook {

    private Textbook() {}

    /// @param w `[rows][cols]`, pruned in place
    /// @return the loss
    static double prune(double[][] w, double[][] gram, SolverOptions options) {
        int cols = gram.length;
        double[][] h = copy(gram);
        double mean = 0;
        for (int c = 0; c < cols; c++) {
            if (h[c][c] == 0) {
                h[c][c] = 1;
                for (double[] row : w) {
                    row[c] = 0;
                }
            }
            mean += h[c][c] / cols;
        }
        for (int c = 0; c < cols; c++) {
            h[c][c] += options.damping() * mean;
        }
        double[][] u = upperFactor(inverse(h));
        double loss = 0;
        for (int i = 0; i < cols; i += options.blockSize()) {
            loss += block(w, u, i, Math.min(i + options.blockSize(), cols), options);
        }
        return loss;
    }

    private static double block(double[][] w, double[][] u, int i, int end, SolverOptions options) {
        boolean[][] goes = new boolean[w.length][u.length];
        if (options.sparsity() instanceof Sparsity.Unstructured(double share)) {
            double[] all = new double[w.length * (end - i)];
            for (int r = 0; r < w.length; r++) {
                for (int c = i; c < end; c++) {
                    all[r * (end - i) + c - i] = saliency(w, u, r, c);
                }
            }
            Arrays.sort(all);
            double threshold = all[(int) (share * all.length)];
            for (int r = 0; r < w.length; r++) {
                for (int c = i; c < end; c++) {
                    goes[r][c] = saliency(w, u, r, c) <= threshold;
                }
            }
        }
        double loss = 0;
        for (int c = i; c < end; c++) {
            for (int r = 0; r < w.length; r++) {
                if (options.sparsity() instanceof Sparsity.NOutOfM(int kept, int group)
                        && (c - i) % group == 0) {
                    choose(w, u, goes, r, c, Math.min(c + group, end), group - kept);
                }
                double error = goes[r][c] ? w[r][c] / u[c][c] : 0;
                loss += error * error / 2;
                for (int j = c; j < u.length; j++) {
                    w[r][j] -= error * u[c][j];
                }
                w[r][c] = goes[r][c] ? 0 : w[r][c];
            }
        }
        return loss;
    }

    private static double saliency(double[][] w, double[][] u, int r, int c) {
        return w[r][c] * w[r][c] / (u[c][c] * u[c][c]);
    }

    private static void choose(
            double[][] w, double[][] u, boolean[][] goes, int r, int from, int to, int drop) {
        double[] sorted = new double[to - from];
        for (int c = from; c < to; c++) {
            sorted[c - from] = saliency(w, u, r, c);
        }
        Arrays.sort(sorted);
        for (int c = from; c < to; c++) {
            goes[r][c] =
                    drop > 0 && saliency(w, u, r, c) <= sorted[Math.min(drop, sorted.length) - 1];
        }
    }

    private static double[][] inverse(double[][] h) {
        int n = h.length;
        double[][] a = copy(h);
        double[][] inverse = new double[n][n];
        for (int c = 0; c < n; c++) {
            inverse[c][c] = 1;
        }
        for (int c = 0; c < n; c++) {
            double pivot = a[c][c];
            for (int j = 0; j < n; j++) {
                a[c][j] /= pivot;
                inverse[c][j] /= pivot;
            }
            for (int r = 0; r < n; r++) {
                double factor = a[r][c];
                for (int j = 0; j < n && r != c && factor != 0; j++) {
                    a[r][j] -= factor * a[c][j];
                    inverse[r][j] -= factor * inverse[c][j];
                }
            }
        }
        return inverse;
    }

    /// U with `A = U^T U`.
    private static double[][] upperFactor(double[][] a) {
        int n = a.length;
        double[][] u = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = i; j < n; j++) {
                double sum = a[i][j];
                for (int k = 0; k < i; k++) {
                    sum -= u[k][i] * u[k][j];
                }
                u[i][j] = i == j ? Math.sqrt(sum) : sum / u[i][i];
            }
        }
        return u;
    }

    static double[][] copy(double[][] a) {
        return Arrays.stream(a).map(double[]::clone).toArray(double[][]::new);
    }
}
