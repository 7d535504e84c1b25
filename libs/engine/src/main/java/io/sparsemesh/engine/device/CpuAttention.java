package io.sparsemesh.engine.device;

import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.Arrays;

/// Causal attention on the CPU. A tile is one head of one sequence for some queries in a row: two
/// products with a softmax between them, on scores that no other tile sees.
final class CpuAttention {

    /// Queries of a tile: enough for the products to be efficient, few enough that the half of a
    /// diagonal block that lies in the future costs little.
    private static final long QUERIES = 128;

    private final Tiles tiles;
    private final CpuBlas blas;
    private final Matrix[] scores;

    CpuAttention(Tiles tiles, CpuBlas blas) {
        this.tiles = tiles;
        this.blas = blas;
        scores = new Matrix[tiles.threads()];
    }

    void run(Attention options, Heads q, Heads k, Heads v, Matrix out) {
        Split queries = Split.of(options.length(), QUERIES, 16);
        long sequences = out.rows() / options.length();
        long perSequence = q.count() * queries.pieces();
        tiles.forEach(
                sequences * perSequence,
                (tile, worker) -> {
                    long first = tile / perSequence * options.length();
                    int h = (int) (tile % perSequence / queries.pieces());
                    // Long tiles first: the last queries see the most keys.
                    long piece = queries.pieces() - 1 - tile % queries.pieces();
                    int g = h / (q.count() / k.count());
                    long from = queries.from(piece);
                    long to = queries.to(piece);
                    long seen = options.firstSeen(from);
                    Matrix weights = scratch(worker, to - from, to - seen);
                    blas.gemm(
                            options.scale(),
                            q.head(h).rows(first + from, first + to),
                            false,
                            k.head(g).rows(first + seen, first + to),
                            true,
                            0,
                            weights);
                    softmax(options, h, weights, from, seen);
                    blas.gemm(
                            1,
                            weights,
                            false,
                            v.head(g).rows(first + seen, first + to),
                            false,
                            0,
                            out.view(first + from, h * v.size(), to - from, v.size()));
                });
    }

    /// Row i holds the scores of query `first + i` with the keys from `seen` on; those it does not
    /// see get weight 0.
    private static void softmax(Attention options, int h, Matrix scores, long first, long seen) {
        int cols = Math.toIntExact(scores.cols());
        float slope = options.slopes().isEmpty() ? 0 : options.slopes().get(h);
        CpuActivation caps = new CpuActivation(options.cap() > 0 ? cols : 0);
        float[] x = new float[cols];
        for (long row = 0; row < scores.rows(); row++) {
            int start = (int) (options.firstSeen(first + row) - seen);
            int n = (int) (first + row + 1 - seen) - start;
            Rows.read(scores, row, x);
            if (start > 0) {
                System.arraycopy(x, start, x, 0, n);
            }
            if (options.cap() > 0) {
                caps.cap(options.cap(), x, n);
            }
            softmax(x, n, slope);
            if (start > 0) {
                System.arraycopy(x, 0, x, start, n);
                Arrays.fill(x, 0, start, 0);
            }
            Arrays.fill(x, start + n, cols, 0);
            Rows.write(x, scores, row);
        }
    }

    /// Of the first `n` scores, the last of which is at distance 0.
    private static void softmax(float[] x, int n, float slope) {
        if (slope != 0) {
            for (int j = 0; j < n; j++) {
                x[j] -= slope * (n - 1 - j);
            }
        }
        Exponential.ofNonPositive(x, n, Rows.max(x, n));
        float scale = (float) (1 / Rows.sum(x, n));
        for (int j = 0; j < n; j++) {
            x[j] *= scale;
        }
    }

    /// Scratch memory of one worker, kept and grown.
    private Matrix scratch(int worker, long rows, long cols) {
        Matrix buffer = scores[worker];
        if (buffer == null || buffer.cols() < rows * cols) {
            buffer = Matrix.allocate(Arena.ofAuto(), 1, rows * cols);
            scores[worker] = buffer;
        }
        return Matrix.of(buffer.data(), rows, cols);
    }
}
