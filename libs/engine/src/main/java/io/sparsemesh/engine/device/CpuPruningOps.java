package io.sparsemesh.engine.device;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.DoubleSupplier;
import java.util.function.LongConsumer;
import java.util.stream.DoubleStream;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/// Pruning on tiles of rows of W: once the threshold of a block is known, no row depends on
/// another.
final class CpuPruningOps implements PruningOps {

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
            sweeps[worker] = new Sweep();
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
    public DoubleSupplier pruneBlock(ColumnBlock block, Selection selection, Rounding rounding) {
        double loss = pruneNow(block, selection, rounding);
        return () -> loss;
    }

    private double pruneNow(ColumnBlock block, Selection selection, Rounding rounding) {
        PackedU u = PackedU.of(block.u());
        return switch (selection) {
            case Selection.Smallest smallest -> {
                Cut cut = lookAhead(block, u, smallest);
                yield forEachPanel(
                        block,
                        (worker, from, to) ->
                                sweeps[worker].run(block, u, cut, rounding, from, to));
            }
            case Selection.PerGroup groups ->
                    forEachPanel(
                            block,
                            (worker, from, to) ->
                                    sweeps[worker].run(block, u, groups, rounding, from, to));
            case Selection.Zeros zeros ->
                    forEachPanel(
                            block,
                            (worker, from, to) ->
                                    sweeps[worker].run(block, u, zeros, rounding, from, to));
        };
    }

    /// Overwrites S with V and finds where V is to be cut.
    private Cut lookAhead(ColumnBlock block, PackedU u, Selection.Smallest smallest) {
        float[] scale = u.inverseDiagonal();
        cutFinder.beginCount();
        forEachPanel(
                block,
                (worker, from, to) -> {
                    Panel v = sweeps[worker].lookAhead(block, u, from, to);
                    cutFinder.count(worker, v, (int) (to - from), scale);
                    return 0;
                });
        return cutFinder.findCounted(block.s(), scale, smallest);
    }

    @Override
    public void spanGrid(Matrix w, GridShape shape, Matrix scale, Matrix zero) {
        Shapes.checkGrid(w, shape, scale, zero);
        Split split = Split.of(w.rows(), SCAN_ROWS, 1);
        tiles.forEach(
                split.pieces(),
                (tile, worker) -> {
                    for (long r = split.from(tile); r < split.to(tile); r++) {
                        spanRow(w, r, shape, scale, zero);
                    }
                });
    }

    private static void spanRow(Matrix w, long r, GridShape shape, Matrix scale, Matrix zero) {
        long width = shape.width(w.cols());
        for (long g = 0; g < scale.rows(); g++) {
            long from = g * width;
            MemorySegment group = w.row(r).asSlice(from * Float.BYTES);
            GridSpan span = span(group, Math.min(width, w.cols() - from), shape);
            scale.set(g, r, span.scale());
            zero.set(g, r, span.zero());
        }
    }

    private static GridSpan span(MemorySegment row, long cols, GridShape shape) {
        FloatVector low = FloatVector.zero(Lanes.FLOATS);
        FloatVector high = low;
        long c = 0;
        for (; c < Lanes.bound(cols); c += Lanes.COUNT) {
            low = low.min(Lanes.load(row, c));
            high = high.max(Lanes.load(row, c));
        }
        float least = low.reduceLanes(VectorOperators.MIN);
        float most = high.reduceLanes(VectorOperators.MAX);
        for (; c < cols; c++) {
            least = Math.min(least, row.getAtIndex(JAVA_FLOAT, c));
            most = Math.max(most, row.getAtIndex(JAVA_FLOAT, c));
        }
        return GridSpan.of(least, most, shape);
    }

    @FunctionalInterface
    private interface PanelWork {
        double run(int worker, long from, long to);
    }

    /// Sums what the panels give, in the order of the rows.
    private double forEachPanel(ColumnBlock block, PanelWork work) {
        Split split = Split.of(block.rows(), Panel.ROWS, Panel.ROWS);
        double[] results = new double[(int) split.pieces()];
        tiles.forEach(
                split.pieces(),
                (tile, worker) ->
                        results[(int) tile] = work.run(worker, split.from(tile), split.to(tile)));
        return DoubleStream.of(results).sum();
    }

    @Override
    public void kept(Matrix a, Matrix m) {
        Shapes.checkShape("kept", "M", m, a.rows(), a.cols());
        forEachRow(a.rows(), r -> keptOfRow(a.row(r), m.row(r), a.cols()));
    }

    private static void keptOfRow(MemorySegment a, MemorySegment m, long cols) {
        FloatVector one = FloatVector.broadcast(Lanes.FLOATS, 1);
        for (long c = 0; c < cols; c += Lanes.COUNT) {
            VectorMask<Float> lanes = Lanes.FLOATS.indexInRange(c, cols);
            Lanes.store(one.blend(0, Lanes.load(a, c, lanes).eq(0)), m, c, lanes);
        }
    }

    @Override
    public void propose(Matrix q, Matrix g, Matrix d, Matrix v) {
        Shapes.checkShape("propose", "G", g, q.rows(), q.cols());
        Shapes.checkShape("propose", "d", d, 1, q.cols());
        Shapes.checkShape("propose", "V", v, q.rows(), q.cols());
        forEachRow(q.rows(), r -> proposeRow(q.row(r), g.row(r), d.row(0), v.row(r), q.cols()));
    }

    private static void proposeRow(
            MemorySegment q, MemorySegment g, MemorySegment d, MemorySegment v, long cols) {
        for (long c = 0; c < cols; c += Lanes.COUNT) {
            VectorMask<Float> lanes = Lanes.FLOATS.indexInRange(c, cols);
            FloatVector weights = Lanes.load(q, c, lanes);
            FloatVector alone = Lanes.load(g, c, lanes).div(Lanes.load(d, c, lanes));
            Lanes.store(weights.blend(alone, weights.eq(0)), v, c, lanes);
        }
    }

    @Override
    public void factorEach(Matrix a) {
        forEachVector(a.cols(), column -> SmallSystems.factor(a, column));
    }

    @Override
    public void solveEach(Matrix l, Matrix c) {
        Shapes.checkShape("solveEach", "C", c, SmallSystems.order(l.rows()), l.cols());
        forEachVector(l.cols(), column -> SmallSystems.solve(l, c, column));
    }

    private void forEachVector(long cols, LongConsumer work) {
        tiles.forEach(
                Math.ceilDiv(cols, Lanes.COUNT), (tile, worker) -> work.accept(tile * Lanes.COUNT));
    }

    @Override
    public void descend(ConjugateStep step) {
        forEachRow(step.q().rows(), ConjugateRows.of(step)::descend);
    }

    @Override
    public void turn(ConjugateStep step) {
        forEachRow(step.q().rows(), ConjugateRows.of(step)::turn);
    }

    private void forEachRow(long count, LongConsumer work) {
        Split split = Split.of(count, SCAN_ROWS, 1);
        tiles.forEach(
                split.pieces(),
                (tile, worker) -> {
                    for (long r = split.from(tile); r < split.to(tile); r++) {
                        work.accept(r);
                    }
                });
    }

    @Override
    public void dropSmallest(Matrix w, Selection selection) {
        float[] scale = new float[Math.toIntExact(w.rows())];
        Arrays.fill(scale, 1);
        Cut cut =
                selection instanceof Selection.Smallest smallest
                        ? cutFinder.find(w, scale, smallest)
                        : Cut.NOTHING;
        Split split = Split.of(w.cols(), Panel.ROWS, Panel.ROWS);
        tiles.forEach(
                split.pieces(),
                (tile, worker) ->
                        sweeps[worker].drop(w, selection, cut, split.from(tile), split.to(tile)));
    }

    @Override
    public void dropSmallestOfRows(Matrix w, Matrix s, Selection.PerGroup groups) {
        Shapes.checkShape("dropSmallestOfRows", "s", s, 1, w.cols());
        float[] scale = s.toArray();
        Split split = Split.of(w.rows(), SCAN_ROWS, 1);
        tiles.forEach(
                split.pieces(),
                (tile, worker) -> {
                    RowCut cut = new RowCut(scale, groups);
                    for (long r = split.from(tile); r < split.to(tile); r++) {
                        cut.drop(w, r);
                    }
                });
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
                        sum += zerosOfRow(a.row(r), a.cols());
                    }
                    zeros.addAndGet(sum);
                });
        return zeros.get();
    }

    private static int zerosOfRow(MemorySegment row, long cols) {
        int zeros = 0;
        long c = 0;
        for (; c < Lanes.bound(cols); c += Lanes.COUNT) {
            zeros += Lanes.load(row, c).eq(0).trueCount();
        }
        for (; c < cols; c++) {
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
                        if (!isFinite(a.row(r), a.cols())) {
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

    private static boolean isFinite(MemorySegment row, long cols) {
        // 0 times a value is not 0 where the value is infinite or not a number.
        FloatVector sum = FloatVector.zero(Lanes.FLOATS);
        long c = 0;
        for (; c < Lanes.bound(cols); c += Lanes.COUNT) {
            sum = Lanes.load(row, c).fma(FloatVector.zero(Lanes.FLOATS), sum);
        }
        boolean finite = sum.eq(0).allTrue();
        for (; c < cols; c++) {
            finite &= Float.isFinite(row.getAtIndex(JAVA_FLOAT, c));
        }
        return finite;
    }
}
