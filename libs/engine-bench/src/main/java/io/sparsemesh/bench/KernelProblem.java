package io.sparsemesh.bench;

import io.sparsemesh.engine.device.Attention;
import io.sparsemesh.engine.device.ColumnBlock;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.device.Heads;
import io.sparsemesh.engine.device.Precision;
import io.sparsemesh.engine.device.Rounding;
import io.sparsemesh.engine.device.Selection;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.List;

/// What the kernels work on: the same numbers for the same size. Owns its device and memory.
final class KernelProblem implements AutoCloseable {

    static final int TOKENS = 4096;

    private static final int BLOCK = 128;
    private static final int LENGTH = 512;
    private static final int HEAD = 64;
    private static final float DAMPING = 0.01f;
    private static final float EPSILON = 1e-5f;

    private final Device device;
    private final Arena arena = Arena.ofShared();
    private final Matrix x;
    private final Matrix w;
    private final Matrix h;
    private final Matrix damping;
    private final Matrix r;
    private final Matrix u;
    private final Matrix result;
    private final Matrix mixed;
    private final Matrix pruned;
    private final Matrix s;
    private final Matrix d;

    /// @param n a size that [#fits]
    KernelProblem(String kind, int threads, int n) {
        device = Devices.open(kind, threads);
        SolverProblem layer = SolverProblem.random(device, arena, n, n, TOKENS, 0);
        x = layer.x();
        w = layer.w();
        h = device.allocate(arena, n, n);
        device.blas().addGram(x, h);
        damping = device.allocate(arena, n, 1);
        device.blas().addScaled(DAMPING, h.diagonal(), 0, damping);
        r = device.allocate(arena, n, n);
        u = device.allocate(arena, n, BLOCK);
        result = device.allocate(arena, n, n);
        mixed = device.allocate(arena, TOKENS / 2, n);
        pruned = device.allocate(arena, n, BLOCK);
        s = device.allocate(arena, BLOCK, n);
        d = device.allocate(arena, BLOCK, n);
        factor();
        device.pruning().invertDiagonalBlocks(r, BLOCK, u);
    }

    /// Whether `n` is whole heads and a whole block.
    static boolean fits(int n) {
        return n >= BLOCK && n % HEAD == 0;
    }

    /// `S U` before and `N U` in the inner loop, each with a triangle.
    static double pruneFlops(int rows) {
        return 2.0 * rows * BLOCK * BLOCK;
    }

    double product() {
        device.blas().multiply(1, w, w, 0, result);
        return result.get(0, 0);
    }

    double gram() {
        device.blas().addScaled(0, result, 0, result);
        device.blas().addGram(x, result);
        return result.get(0, 0);
    }

    double linear() {
        device.blas().multiplyTransposed(1, x.rows(0, mixed.rows()), w, 0, mixed);
        return mixed.get(0, 0);
    }

    double layerNorm() {
        Matrix weight = h.rows(0, 1);
        Matrix bias = h.rows(1, 2);
        device.neural().layerNorm(x.rows(0, mixed.rows()), weight, bias, EPSILON, mixed);
        return mixed.get(0, 0);
    }

    double factor() {
        device.pruning()
                .factor(h, damping, Precision.F32, r)
                .ifPresent(
                        column -> {
                            throw new IllegalStateException("pivot " + column);
                        });
        return r.get(0, 0);
    }

    double pruneUnstructured() {
        return prune(new Selection.Smallest(w.rows() * BLOCK / 2, false));
    }

    double pruneGroups() {
        return prune(new Selection.PerGroup(2, 4));
    }

    /// With the copies of what it overwrites.
    private double prune(Selection selection) {
        device.blas().addScaled(1, w.columns(0, BLOCK), 0, pruned);
        device.blas().addScaled(0, s, 0, s);
        Matrix block = u.view(0, 0, BLOCK, BLOCK);
        return device.pruning()
                .pruneBlock(new ColumnBlock(pruned, s, d, block), selection, Rounding.NONE)
                .getAsDouble();
    }

    double transpose() {
        device.pruning().transpose(w, result);
        return result.get(0, 1);
    }

    double attention() {
        Matrix tokens = x.rows(0, mixed.rows());
        Heads heads = Heads.adjacent(tokens, (int) (x.cols() / HEAD));
        float scale = (float) (1 / Math.sqrt(HEAD));
        device.neural()
                .attention(new Attention(LENGTH, scale, List.of()), heads, heads, heads, mixed);
        return mixed.get(LENGTH - 1, 0);
    }

    @Override
    public void close() {
        arena.close();
        device.close();
    }
}
