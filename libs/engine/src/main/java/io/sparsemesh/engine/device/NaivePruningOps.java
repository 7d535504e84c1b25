package io.sparsemesh.engine.device;

import io.sparsemesh.engine.matrix.Matrix;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleSupplier;

/// Algorithm 1 as it is written, in double.
record NaivePruningOps() implements PruningOps {

    private record Candidate(int row, int col, double saliency) {}

    private static final Comparator<Candidate> ASCENDING =
            Comparator.comparingDouble(Candidate::saliency)
                    .thenComparingInt(Candidate::row)
                    .thenComparingInt(Candidate::col);

    @Override
    public void transpose(Matrix a, Matrix b) {
        Shapes.checkShape("transpose", "B", b, a.cols(), a.rows());
        for (long r = 0; r < a.rows(); r++) {
            for (long c = 0; c < a.cols(); c++) {
                b.set(c, r, a.get(r, c));
            }
        }
    }

    @Override
    public Optional<Long> factor(Matrix h, Matrix d, Precision precision, Matrix r) {
        int n = Math.toIntExact(h.rows());
        double[][] a = new double[n][n];
        for (int k = n - 1; k >= 0; k--) {
            double pivot = (double) h.get(k, k) + d.get(k, 0);
            for (int j = k + 1; j < n; j++) {
                pivot -= a[k][j] * a[k][j];
            }
            if (!(pivot > 0)) {
                return Optional.of((long) k);
            }
            a[k][k] = Math.sqrt(pivot);
            for (int i = 0; i < k; i++) {
                double sum = h.get(i, k);
                for (int j = k + 1; j < n; j++) {
                    sum -= a[i][j] * a[k][j];
                }
                a[i][k] = sum / a[k][k];
            }
        }
        store(a, r);
        return Optional.empty();
    }

    @Override
    public void invertDiagonalBlocks(Matrix r, long blockSize, Matrix u) {
        for (long from = 0; from < r.rows(); from += blockSize) {
            long b = Math.min(blockSize, r.rows() - from);
            store(inverse(load(r.view(from, from, b, b))), u.view(from, 0, b, b));
        }
    }

    private static double[][] inverse(double[][] r) {
        int n = r.length;
        double[][] u = new double[n][n];
        for (int j = 0; j < n; j++) {
            u[j][j] = 1 / r[j][j];
            for (int i = j - 1; i >= 0; i--) {
                double sum = 0;
                for (int k = i + 1; k <= j; k++) {
                    sum += r[i][k] * u[k][j];
                }
                u[i][j] = -sum / r[i][i];
            }
        }
        return u;
    }

    @Override
    public DoubleSupplier pruneBlock(ColumnBlock block, Selection selection, Rounding rounding) {
        double[][] u = load(block.u());
        double[][] v = lookAhead(block, u);
        int b = v.length;
        int rows = Math.toIntExact(block.rows());
        double[][] q = new double[b][rows];
        double[][] e = new double[b][rows];
        boolean[][] m = new boolean[b][rows];
        if (selection instanceof Selection.Smallest smallest) {
            smallest(v, u, smallest, m);
        }
        if (selection instanceof Selection.Zeros) {
            zeros(block.w(), m);
        }
        double loss = 0;
        for (int c = 0; c < b; c++) {
            if (selection instanceof Selection.PerGroup groups && c % groups.group() == 0) {
                perGroup(v, u, c, groups, m);
            }
            for (int row = 0; row < rows; row++) {
                q[c][row] = m[c][row] ? 0 : rounded(rounding, c, row, v[c][row]);
                e[c][row] = (v[c][row] - q[c][row]) / u[c][c];
                loss += e[c][row] * e[c][row] / 2;
                for (int j = c + 1; j < b; j++) {
                    v[j][row] -= e[c][row] * u[c][j];
                }
            }
        }
        for (int c = 0; c < b; c++) {
            for (int row = 0; row < rows; row++) {
                block.d().set(c, row, (float) (block.w().get(row, c) - q[c][row]));
                block.w().set(row, c, (float) q[c][row]);
            }
        }
        double sum = loss;
        return () -> sum;
    }

    private static double rounded(Rounding rounding, int c, int row, double v) {
        return switch (rounding) {
            case Rounding.None _ -> v;
            case Rounding.Grid grid -> {
                double scale = grid.scale().get(grid.group(c), row);
                double zero = grid.zero().get(grid.group(c), row);
                double step = Math.rint(v / scale) + zero;
                yield scale * (Math.clamp(step, 0, grid.top()) - zero);
            }
        };
    }

    @Override
    public void spanGrid(Matrix w, GridShape shape, Matrix scale, Matrix zero) {
        Shapes.checkGrid(w, shape, scale, zero);
        long width = shape.width(w.cols());
        for (int row = 0; row < w.rows(); row++) {
            for (long g = 0; g < scale.rows(); g++) {
                float low = 0;
                float high = 0;
                for (long c = g * width; c < Math.min((g + 1) * width, w.cols()); c++) {
                    low = Math.min(low, w.get(row, c));
                    high = Math.max(high, w.get(row, c));
                }
                GridSpan span = GridSpan.of(low, high, shape);
                scale.set(g, row, span.scale());
                zero.set(g, row, span.zero());
            }
        }
    }

    /// `V = W + S U`, transposed.
    private static double[][] lookAhead(ColumnBlock block, double[][] u) {
        double[][] v = new double[(int) block.columns()][(int) block.rows()];
        for (int j = 0; j < v.length; j++) {
            for (int row = 0; row < block.rows(); row++) {
                v[j][row] = block.w().get(row, j);
            }
            for (int k = 0; k <= j; k++) {
                for (int row = 0; row < block.rows(); row++) {
                    v[j][row] += block.s().get(k, row) * u[k][j];
                }
            }
        }
        return v;
    }

    private static void zeros(Matrix w, boolean[][] m) {
        for (int c = 0; c < m.length; c++) {
            for (int row = 0; row < w.rows(); row++) {
                m[c][row] = w.get(row, c) == 0;
            }
        }
    }

    private static void smallest(
            double[][] v, double[][] u, Selection.Smallest selection, boolean[][] m) {
        List<Candidate> candidates = candidates(v, u, 0, v.length, 0, v[0].length);
        candidates.sort(ASCENDING);
        int count = Math.toIntExact(selection.count());
        double threshold = candidates.get(Math.min(count, candidates.size() - 1)).saliency();
        for (int i = 0; i < candidates.size(); i++) {
            Candidate candidate = candidates.get(i);
            m[candidate.col()][candidate.row()] =
                    selection.exact() ? i < count : candidate.saliency() <= threshold;
        }
    }

    private static void perGroup(
            double[][] v, double[][] u, int from, Selection.PerGroup groups, boolean[][] m) {
        int to = Math.min(from + groups.group(), v.length);
        for (int row = 0; row < v[0].length; row++) {
            List<Candidate> candidates = candidates(v, u, from, to, row, row + 1);
            candidates.sort(ASCENDING);
            for (int i = 0; i < Math.min(groups.drop(), candidates.size()); i++) {
                m[candidates.get(i).col()][row] = true;
            }
        }
    }

    private static List<Candidate> candidates(
            double[][] v, double[][] u, int left, int right, int top, int bottom) {
        List<Candidate> candidates = new ArrayList<>();
        for (int c = left; c < right; c++) {
            for (int row = top; row < bottom; row++) {
                double saliency = v[c][row] * v[c][row] / (u[c][c] * u[c][c]);
                candidates.add(new Candidate(row, c, saliency));
            }
        }
        return candidates;
    }

    @Override
    public void kept(Matrix a, Matrix m) {
        for (int row = 0; row < a.rows(); row++) {
            for (int c = 0; c < a.cols(); c++) {
                m.set(row, c, a.get(row, c) == 0 ? 0 : 1);
            }
        }
    }

    @Override
    public void propose(Matrix q, Matrix g, Matrix d, Matrix v) {
        for (int row = 0; row < q.rows(); row++) {
            for (int c = 0; c < q.cols(); c++) {
                double alone = g.get(row, c) / (double) d.get(0, c);
                v.set(row, c, q.get(row, c) == 0 ? (float) alone : q.get(row, c));
            }
        }
    }

    @Override
    public void factorEach(Matrix a) {
        int k = SmallSystems.order(a.rows());
        for (int system = 0; system < a.cols(); system++) {
            double[][] l = triangle(a, k, system);
            int at = 0;
            for (int i = 0; i < k; i++) {
                for (int j = 0; j <= i; j++) {
                    double left = l[i][j] + (i == j ? 1 : 0);
                    for (int m = 0; m < j; m++) {
                        left -= l[i][m] * l[j][m];
                    }
                    l[i][j] = i == j ? Math.sqrt(left) : left / l[j][j];
                    a.set(at++, system, (float) l[i][j]);
                }
            }
        }
    }

    private static double[][] triangle(Matrix a, int k, int system) {
        double[][] lower = new double[k][k];
        int at = 0;
        for (int i = 0; i < k; i++) {
            for (int j = 0; j <= i; j++) {
                lower[i][j] = a.get(at++, system);
            }
        }
        return lower;
    }

    @Override
    public void solveEach(Matrix triangles, Matrix c) {
        int k = SmallSystems.order(triangles.rows());
        Shapes.checkShape("solveEach", "C", c, k, triangles.cols());
        for (int system = 0; system < c.cols(); system++) {
            double[][] l = triangle(triangles, k, system);
            double[] x = new double[k];
            for (int i = 0; i < k; i++) {
                x[i] = c.get(i, system);
                for (int j = 0; j < i; j++) {
                    x[i] -= l[i][j] * x[j];
                }
                x[i] /= l[i][i];
            }
            for (int i = k - 1; i >= 0; i--) {
                for (int j = i + 1; j < k; j++) {
                    x[i] -= l[j][i] * x[j];
                }
                x[i] /= l[i][i];
                c.set(i, system, (float) x[i]);
            }
        }
    }

    @Override
    public void descend(ConjugateStep s) {
        for (int row = 0; row < s.q().rows(); row++) {
            double energy = s.energy().get(row, 0);
            double curvature = 0;
            for (int c = 0; c < s.q().cols() && energy > LEAST_ENERGY; c++) {
                curvature += (double) s.p().get(row, c) * s.ap().get(row, c);
            }
            boolean moves = curvature > 0;
            s.energy().set(row, 0, moves ? (float) energy : 0);
            for (int c = 0; c < s.q().cols(); c++) {
                if (s.q().get(row, c) == 0) {
                    s.r().set(row, c, 0);
                } else if (moves) {
                    double a = energy / curvature;
                    s.x().set(row, c, (float) (s.x().get(row, c) + a * s.p().get(row, c)));
                    s.r().set(row, c, (float) (s.r().get(row, c) - a * s.ap().get(row, c)));
                }
            }
        }
    }

    @Override
    public void turn(ConjugateStep s) {
        for (int row = 0; row < s.q().rows(); row++) {
            double[] z = new double[(int) s.q().cols()];
            double next = 0;
            for (int c = 0; c < z.length; c++) {
                if (s.q().get(row, c) != 0) {
                    z[c] = s.r().get(row, c) / (double) s.d().get(0, c) - s.ap().get(row, c);
                    next += s.r().get(row, c) * z[c];
                }
            }
            double energy = s.energy().get(row, 0);
            for (int c = 0; c < z.length; c++) {
                double before = energy > 0 ? next / energy * s.p().get(row, c) : 0;
                s.p().set(row, c, (float) (z[c] + before));
            }
            s.energy().set(row, 0, (float) next);
        }
    }

    @Override
    public void dropSmallest(Matrix w, Selection selection) {
        double[][] v = load(w);
        boolean[][] m = new boolean[v.length][v.length == 0 ? 0 : v[0].length];
        double[][] identity = new double[v.length][v.length];
        for (int c = 0; c < v.length; c++) {
            identity[c][c] = 1;
        }
        switch (selection) {
            case Selection.Smallest smallest -> smallest(v, identity, smallest, m);
            case Selection.PerGroup groups -> {
                for (int c = 0; c < v.length; c += groups.group()) {
                    perGroup(v, identity, c, groups, m);
                }
            }
            case Selection.Zeros _ -> {}
        }
        for (int c = 0; c < v.length; c++) {
            for (int row = 0; row < v[c].length; row++) {
                v[c][row] = m[c][row] ? 0 : v[c][row];
            }
        }
        store(v, w);
    }

    @Override
    public void dropSmallestOfRows(Matrix w, Matrix s, Selection.PerGroup groups) {
        Shapes.checkShape("dropSmallestOfRows", "s", s, 1, w.cols());
        for (int row = 0; row < w.rows(); row++) {
            for (int left = 0; left < w.cols(); left += groups.group()) {
                List<Candidate> candidates = new ArrayList<>();
                for (int c = left; c < Math.min(left + groups.group(), w.cols()); c++) {
                    double saliency = Math.abs((double) w.get(row, c)) * s.get(0, c);
                    candidates.add(new Candidate(row, c, saliency));
                }
                candidates.sort(ASCENDING);
                candidates.stream()
                        .limit(groups.drop())
                        .forEach(goes -> w.set(goes.row(), goes.col(), 0));
            }
        }
    }

    @Override
    public long countZeros(Matrix a) {
        long zeros = 0;
        for (long r = 0; r < a.rows(); r++) {
            for (long c = 0; c < a.cols(); c++) {
                zeros += a.get(r, c) == 0 ? 1 : 0;
            }
        }
        return zeros;
    }

    @Override
    public Optional<Position> firstNonFinite(Matrix a) {
        for (long r = 0; r < a.rows(); r++) {
            for (long c = 0; c < a.cols(); c++) {
                if (!Float.isFinite(a.get(r, c))) {
                    return Optional.of(new Position(r, c));
                }
            }
        }
        return Optional.empty();
    }

    private static double[][] load(Matrix a) {
        double[][] values = new double[Math.toIntExact(a.rows())][Math.toIntExact(a.cols())];
        for (int r = 0; r < values.length; r++) {
            for (int c = 0; c < values[r].length; c++) {
                values[r][c] = a.get(r, c);
            }
        }
        return values;
    }

    private static void store(double[][] values, Matrix a) {
        for (int r = 0; r < values.length; r++) {
            for (int c = 0; c < values[r].length; c++) {
                a.set(r, c, (float) values[r][c]);
            }
        }
    }
}
