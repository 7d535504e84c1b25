package io.sparsemesh.engine.device;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.DoubleStream;

/// Pruning on tiles of rows of W: once the threshold of a block is known, no row depends on
/// another.
final class CpuPruningOps implements PruningOps {

    /// Rows of W that one thread sweeps at once; the columns of a step of the sweep stay in L1.
    private static final int SWEEP_ROWS = 128;

    private static final long SCAN_ROWS = 16;

    private final CpuBlas blas;
    private final Tiles tiles;
    private final CpuFactor factor;
    private final CutFinder cutFinder;
    private final Sweep[] sweeps;

    CpuPruningOps(CpuBlas blas, Tiles tiles) {
        this.blas = blas;
        this.tiles = tiles;
        factor = new CpuFactor(blas, tiles);
        cutFinder = new CutFinder(tiles);
        sweeps = new Sweep[tiles.threads()];
        for (int worker = 0; worker < sweeps.length; worker++) {
            sweeps[worker] = new Sweep(blas, SWEEP_ROWS);
        }
    }

    @Override
    public void transpose(Matrix a, Matrix b) {
        Shapes.checkShape("transpose", "B", b, a.cols(), a.rows());
        blas.transpose(a, b);
    }

    @Override
    public Optional<Long> factor(Matrix h, Matrix d, Precision precision, Matrix r) {
        Shapes.checkShape("factor", "H", h, h.rows(), h.rows());
        Shapes.checkShape("factor", "d", d, h.rows(), 1);
        Shapes.checkShape("factor", "R", r, h.rows(), h.rows());
        long column =
                switch (precision) {
                    case F32 -> factor.inFloat(h, d, r);
                    case F64 -> factor.inDouble(h, d, r);
                };
        return column < 0 ? Optional.empty() : Optional.of(column);
    }

    @Override
    public void invertDiagonalBlocks(Matrix r, long blockSize, Matrix u) {
        Shapes.checkShape("invertDiagonalBlocks", "U", u, r.rows(), blockSize);
        tiles.forEach(
                Math.ceilDiv(r.rows(), blockSize),
                (tile, worker) -> {
                    long from = tile * blockSize;
                    long b = Math.min(blockSize, r.rows() - from);
                    factor.invert(r.view(from, from, b, b), u.view(from, 0, b, b));
                });
    }

    @Override
    public double pruneBlock(ColumnBlock block, Selection selection) {
        Split split = Split.of(block.rows(), SWEEP_ROWS, 16);
        tiles.forEach(
                split.pieces(),
                (tile, worker) -> lookAhead(block, split.from(tile), split.to(tile)));
        Cut cut =
                selection instanceof Selection.Smallest smallest
                        ? cutFinder.find(block.d(), inverseDiagonal(block.u()), smallest)
                        : Cut.NOTHING;
        double[] losses = new double[(int) split.pieces()];
        tiles.forEach(
                split.pieces(),
                (tile, worker) ->
                        losses[(int) tile] =
                                sweeps[worker].run(
                                        block, selection, cut, split.from(tile), split.to(tile)));
        return DoubleStream.of(losses).sum();
    }

    /// `D := W + S U`, the weights at the beginning of the block.
    private void lookAhead(ColumnBlock block, long from, long to) {
        Matrix v = block.d().columns(from, to);
        v.copyFrom(block.w().columns(from, to));
        blas.gemm(1, block.u(), true, block.e().columns(from, to), false, 1, v);
    }

    /// `1 / U_cc` for each column: saliencies are compared as `|V_c / U_cc|`, the error that
    /// pruning would cause, whose square is the paper's saliency.
    static float[] inverseDiagonal(Matrix u) {
        float[] inverse = new float[Math.toIntExact(u.rows())];
        for (int c = 0; c < inverse.length; c++) {
            inverse[c] = 1 / u.get(c, c);
        }
        return inverse;
    }

    @Override
    public void dropSmallest(Matrix w, Selection selection) {
        float[] scale = new float[Math.toIntExact(w.rows())];
        Arrays.fill(scale, 1);
        Cut cut =
                selection instanceof Selection.Smallest smallest
                        ? cutFinder.find(w, scale, smallest)
                        : Cut.NOTHING;
        Split split = Split.of(w.cols(), SWEEP_ROWS, 16);
        tiles.forEach(
                split.pieces(),
                (tile, worker) ->
                        sweeps[worker].drop(w, selection, cut, split.from(tile), split.to(tile)));
    }

    @Override
    public long countZeros(Matrix a) {
        Split split = Split.of(a.rows(), SCAN_ROWS, 1);
        AtomicLong zeros = new AtomicLong();
        tiles.forEach(
                split.pieces(),
                (tile, worker) -> {
                    long sum = 0;
                    for (long r = split.from(tile); r < split.to(tile); r++) {
                        sum += zerosOfRow(a.row(r), (int) a.cols());
                    }
                    zeros.addAndGet(sum);
                });
        return zeros.get();
    }

    private static int zerosOfRow(MemorySegment row, int cols) {
        int zeros = 0;
        for (int c = 0; c < cols; c++) {
            zeros += row.getAtIndex(JAVA_FLOAT, c) == 0 ? 1 : 0;
        }
        return zeros;
    }

    @Override
    public Optional<Position> firstNonFinite(Matrix a) {
        Split split = Split.of(a.rows(), SCAN_ROWS, 1);
        AtomicLong first = new AtomicLong(Long.MAX_VALUE);
        tiles.forEach(
                split.pieces(),
                (tile, worker) -> {
                    for (long r = split.from(tile); r < split.to(tile); r++) {
                        if (!isFinite(a.row(r), (int) a.cols())) {
                            first.accumulateAndGet(r, Math::min);
                            return;
                        }
                    }
                });
        long row = first.get();
        if (row == Long.MAX_VALUE) {
            return Optional.empty();
        }
        long col = 0;
        while (Float.isFinite(a.get(row, col))) {
            col++;
        }
        return Optional.of(new Position(row, col));
    }

    private static boolean isFinite(MemorySegment row, int cols) {
        // The exponent of an infinity or NaN is the largest there is.
        int largest = 0;
        for (int c = 0; c < cols; c++) {
            int bits = Float.floatToRawIntBits(row.getAtIndex(JAVA_FLOAT, c)) & Integer.MAX_VALUE;
            largest = Math.max(largest, bits);
        }
        return largest < 0x7f800000;
    }
}
