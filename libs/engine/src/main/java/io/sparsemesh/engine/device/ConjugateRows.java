package io.sparsemesh.engine.device;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/// Conjugate gradient on single rows; any number of threads, each at rows of its own.
///
/// @param s the state of all rows
/// @param inverse `1 / d`
record ConjugateRows(ConjugateStep s, float[] inverse) {

    static ConjugateRows of(ConjugateStep s) {
        float[] inverse = s.d().toArray();
        for (int c = 0; c < inverse.length; c++) {
            inverse[c] = 1 / inverse[c];
        }
        return new ConjugateRows(s, inverse);
    }

    /// Lanes from column `c` on, as many as there are, and which of them the mask keeps.
    private record Kept(VectorMask<Float> lanes, VectorMask<Float> kept) {}

    private Kept kept(MemorySegment q, long c) {
        VectorMask<Float> lanes = Lanes.FLOATS.indexInRange(c, s.q().cols());
        FloatVector weights = Lanes.load(q, c, lanes);
        return new Kept(lanes, lanes.and(weights.compare(VectorOperators.NE, 0)));
    }

    private float energy(long row) {
        return s.energy().row(row).getAtIndex(JAVA_FLOAT, 0);
    }

    private void setEnergy(long row, float energy) {
        s.energy().row(row).setAtIndex(JAVA_FLOAT, 0, energy);
    }

    /// See [PruningOps#descend].
    void descend(long row) {
        float energy = energy(row);
        float curvature = energy > PruningOps.LEAST_ENERGY ? curvature(row) : 0;
        if (curvature > 0) {
            move(row, energy / curvature);
        } else {
            setEnergy(row, 0);
            keepMasked(row);
        }
    }

    private float curvature(long row) {
        MemorySegment p = s.p().row(row);
        MemorySegment ap = s.ap().row(row);
        FloatVector sum = FloatVector.zero(Lanes.FLOATS);
        for (int c = 0; c < s.q().cols(); c += Lanes.COUNT) {
            VectorMask<Float> lanes = Lanes.FLOATS.indexInRange(c, s.q().cols());
            sum = Lanes.load(p, c, lanes).fma(Lanes.load(ap, c, lanes), sum);
        }
        return Lanes.sum(sum);
    }

    private void move(long row, float a) {
        MemorySegment q = s.q().row(row);
        MemorySegment x = s.x().row(row);
        MemorySegment r = s.r().row(row);
        MemorySegment p = s.p().row(row);
        MemorySegment ap = s.ap().row(row);
        FloatVector step = FloatVector.broadcast(Lanes.FLOATS, a);
        for (int c = 0; c < s.q().cols(); c += Lanes.COUNT) {
            Kept at = kept(q, c);
            FloatVector moved = Lanes.load(p, c, at.lanes).fma(step, Lanes.load(x, c, at.lanes));
            FloatVector residual =
                    Lanes.load(ap, c, at.lanes)
                            .fma(step.neg(), Lanes.load(r, c, at.lanes))
                            .blend(0, at.kept.not());
            Lanes.store(moved, x, c, at.lanes);
            Lanes.store(residual, r, c, at.lanes);
        }
    }

    private void keepMasked(long row) {
        MemorySegment q = s.q().row(row);
        MemorySegment r = s.r().row(row);
        for (int c = 0; c < s.q().cols(); c += Lanes.COUNT) {
            Kept at = kept(q, c);
            FloatVector residual = Lanes.load(r, c, at.lanes).blend(0, at.kept.not());
            Lanes.store(residual, r, c, at.lanes);
        }
    }

    /// See [PruningOps#turn].
    void turn(long row) {
        float energy = energy(row);
        float next = precondition(row);
        if (energy > 0) {
            addDirection(row, next / energy);
        } else {
            addDirection(row, 0);
        }
        setEnergy(row, next);
    }

    /// `AP := Z`.
    ///
    /// @return the new energy
    private float precondition(long row) {
        MemorySegment q = s.q().row(row);
        MemorySegment r = s.r().row(row);
        MemorySegment ap = s.ap().row(row);
        FloatVector sum = FloatVector.zero(Lanes.FLOATS);
        for (int c = 0; c < s.q().cols(); c += Lanes.COUNT) {
            Kept at = kept(q, c);
            FloatVector d = FloatVector.fromArray(Lanes.FLOATS, inverse, c, at.lanes);
            FloatVector residual = Lanes.load(r, c, at.lanes);
            FloatVector z =
                    residual.mul(d).sub(Lanes.load(ap, c, at.lanes)).blend(0, at.kept.not());
            Lanes.store(z, ap, c, at.lanes);
            sum = residual.fma(z, sum);
        }
        return Lanes.sum(sum);
    }

    /// `P := Z + b P`; with b 0 what P was is not read.
    private void addDirection(long row, float b) {
        MemorySegment p = s.p().row(row);
        MemorySegment ap = s.ap().row(row);
        FloatVector factor = FloatVector.broadcast(Lanes.FLOATS, b);
        for (int c = 0; c < s.q().cols(); c += Lanes.COUNT) {
            VectorMask<Float> lanes = Lanes.FLOATS.indexInRange(c, s.q().cols());
            FloatVector z = Lanes.load(ap, c, lanes);
            FloatVector next = b == 0 ? z : Lanes.load(p, c, lanes).fma(factor, z);
            Lanes.store(next, p, c, lanes);
        }
    }
}
