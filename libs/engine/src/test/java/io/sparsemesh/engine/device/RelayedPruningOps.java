package io.sparsemesh.engine.device;

import io.sparsemesh.engine.matrix.Matrix;
import java.util.Optional;
import java.util.function.DoubleSupplier;

/// The steps of SparseGPT that another device computes.
record RelayedPruningOps(PruningOps to, Passage passage) implements PruningOps {

    @Override
    public void transpose(Matrix a, Matrix b) {
        passage.run("transpose", on -> to.transpose(on.read(a), on.write(b)));
    }

    @Override
    public Optional<Long> factor(Matrix h, Matrix d, Precision precision, Matrix r) {
        return passage.compute(
                "factor", on -> to.factor(on.read(h), on.read(d), precision, on.write(r)));
    }

    @Override
    public void invertDiagonalBlocks(Matrix r, long blockSize, Matrix u) {
        passage.run(
                "invertDiagonalBlocks",
                on -> to.invertDiagonalBlocks(on.read(r), blockSize, on.write(u)));
    }

    /// The loss is asked for at once, while the operands are on that device.
    @Override
    public DoubleSupplier pruneBlock(ColumnBlock block, Selection selection, Rounding rounding) {
        double loss =
                passage.compute(
                        "pruneBlock",
                        on ->
                                to.pruneBlock(
                                                new ColumnBlock(
                                                        on.write(block.w()),
                                                        on.write(block.s()),
                                                        on.write(block.d()),
                                                        on.read(block.u())),
                                                selection,
                                                on.read(rounding))
                                        .getAsDouble());
        return () -> loss;
    }

    @Override
    public void spanGrid(Matrix w, GridShape shape, Matrix scale, Matrix zero) {
        passage.run(
                "spanGrid", on -> to.spanGrid(on.read(w), shape, on.write(scale), on.write(zero)));
    }

    @Override
    public void kept(Matrix a, Matrix m) {
        passage.run("kept", on -> to.kept(on.read(a), on.write(m)));
    }

    @Override
    public void propose(Matrix q, Matrix g, Matrix d, Matrix v) {
        passage.run("propose", on -> to.propose(on.read(q), on.read(g), on.read(d), on.write(v)));
    }

    @Override
    public void factorEach(Matrix a) {
        passage.run("factorEach", on -> to.factorEach(on.write(a)));
    }

    @Override
    public void solveEach(Matrix l, Matrix c) {
        passage.run("solveEach", on -> to.solveEach(on.read(l), on.write(c)));
    }

    @Override
    public void descend(ConjugateStep step) {
        passage.run(
                "descend",
                on ->
                        to.descend(
                                new ConjugateStep(
                                        on.read(step.q()),
                                        on.read(step.d()),
                                        on.write(step.x()),
                                        on.write(step.r()),
                                        on.read(step.p()),
                                        on.read(step.ap()),
                                        on.write(step.energy()))));
    }

    @Override
    public void turn(ConjugateStep step) {
        passage.run(
                "turn",
                on ->
                        to.turn(
                                new ConjugateStep(
                                        on.read(step.q()),
                                        on.read(step.d()),
                                        on.read(step.x()),
                                        on.read(step.r()),
                                        on.write(step.p()),
                                        on.write(step.ap()),
                                        on.write(step.energy()))));
    }

    @Override
    public void dropSmallest(Matrix w, Selection selection) {
        passage.run("dropSmallest", on -> to.dropSmallest(on.write(w), selection));
    }

    @Override
    public void dropSmallestOfRows(Matrix w, Matrix s, Selection.PerGroup groups) {
        passage.run(
                "dropSmallestOfRows", on -> to.dropSmallestOfRows(on.write(w), on.read(s), groups));
    }

    @Override
    public long countZeros(Matrix a) {
        return passage.compute("countZeros", on -> to.countZeros(on.read(a)));
    }

    @Override
    public Optional<Position> firstNonFinite(Matrix a) {
        return passage.compute("firstNonFinite", on -> to.firstNonFinite(on.read(a)));
    }
}
