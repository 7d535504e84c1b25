package io.sparsemesh.cuda;

import io.sparsemesh.cuda.cublas.Type;
import io.sparsemesh.engine.device.ColumnBlock;
import io.sparsemesh.engine.device.ConjugateStep;
import io.sparsemesh.engine.device.GridShape;
import io.sparsemesh.engine.device.Precision;
import io.sparsemesh.engine.device.PruningOps;
import io.sparsemesh.engine.device.Rounding;
import io.sparsemesh.engine.device.Selection;
import io.sparsemesh.engine.device.Shapes;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.function.DoubleSupplier;

/// The steps of SparseGPT on the GPU.
record CudaPruningOps(Gpu gpu, CudaBlas blas) implements PruningOps {

    @Override
    public void transpose(Matrix a, Matrix b) {
        Shapes.checkShape("transpose", "B", b, a.cols(), a.rows());
        blas.transpose(a, b);
    }

    @Override
    public Optional<Long> factor(Matrix h, Matrix d, Precision precision, Matrix r) {
        Type type = precision == Precision.F64 ? Type.F64 : Type.F32;
        return new CudaFactor(gpu, type).run(h, d, r);
    }

    @Override
    public void invertDiagonalBlocks(Matrix r, long blockSize, Matrix u) {
        new DiagonalInverses(gpu, blas).run(r, blockSize, u);
    }

    @Override
    public DoubleSupplier pruneBlock(ColumnBlock block, Selection selection, Rounding rounding) {
        return new BlockPruner(gpu, blas).prune(block, selection, rounding);
    }

    @Override
    public void spanGrid(Matrix w, GridShape shape, Matrix scale, Matrix zero) {
        new CudaRows(gpu).spanGrid(w, shape, scale, zero);
    }

    @Override
    public void kept(Matrix a, Matrix m) {
        Shapes.checkShape("kept", "M", m, a.rows(), a.cols());
        Elementwise.launch(gpu.kernel(CudaBlas.MATRIX, "kept"), a, a, m);
    }

    @Override
    public void propose(Matrix q, Matrix g, Matrix d, Matrix v) {
        Elementwise.launch(gpu.kernel(CudaBlas.MATRIX, "propose"), q, q, g, d, v);
    }

    @Override
    public void factorEach(Matrix a) {
        new CudaConjugate(gpu).factorEach(a);
    }

    @Override
    public void solveEach(Matrix l, Matrix c) {
        new CudaConjugate(gpu).solveEach(l, c);
    }

    @Override
    public void descend(ConjugateStep step) {
        new CudaConjugate(gpu).descend(step);
    }

    @Override
    public void turn(ConjugateStep step) {
        new CudaConjugate(gpu).turn(step);
    }

    @Override
    public void dropSmallest(Matrix w, Selection selection) {
        new Dropper(gpu).drop(w, selection);
    }

    @Override
    public void dropSmallestOfRows(Matrix w, Matrix s, Selection.PerGroup groups) {
        new CudaRows(gpu).dropSmallestOfRows(w, s, groups);
    }

    @Override
    public long countZeros(Matrix a) {
        ElementGrid grid = ElementGrid.of(a.rows(), a.cols());
        try (Arena arena = Arena.ofConfined()) {
            Matrix count = gpu.cell(arena, () -> 0);
            gpu.kernel(CudaBlas.MATRIX, "count_zeros")
                    .launch(
                            grid.grid(),
                            a,
                            a.rows(),
                            a.cols(),
                            grid.shift(),
                            count.data().address());
            return gpu.readLong(count);
        }
    }

    @Override
    public Optional<Position> firstNonFinite(Matrix a) {
        ElementGrid grid = ElementGrid.of(a.rows(), a.cols());
        try (Arena arena = Arena.ofConfined()) {
            Matrix first = gpu.cell(arena, () -> -1);
            gpu.kernel(CudaBlas.MATRIX, "first_non_finite")
                    .launch(
                            grid.grid(),
                            a,
                            a.rows(),
                            a.cols(),
                            grid.shift(),
                            first.data().address());
            long found = gpu.readLong(first);
            return found < 0
                    ? Optional.empty()
                    : Optional.of(new Position(found / a.cols(), found % a.cols()));
        }
    }
}
