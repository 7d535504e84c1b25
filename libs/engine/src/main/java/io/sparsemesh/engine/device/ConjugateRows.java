package io.sparsemesh.engine.device;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/// Conjugate gradient on single rows; any number of threads, each at rows of its own.
///
/// @param s the state of all rows
/// @param inverse `1 / d`; infinite where d is 0, which no mask keeps
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

    private FloatVector preconditioned(FloatVector r, int c, Kept at) {
        FloatVector d = FloatVector.fromArray(Lanes.FLOATS, inverse, c, at.lanes);
        return r.mul(d).blend(0, at.kept.not());
    }

    /// See [PruningOps#beginConjugate].
    void begin(long row) {
        MemorySegment q = s.q().row(row);
        MemorySegment r = s.r().row(row);
        MemorySegment p = s.p().row(row);
        FloatVector sum = FloatVector.zero(Lanes.FLOATS);
        for (int c = 0; c < s.q().cols(); c += Lanes.COUNT) {
            Kept at = kept(q, c);
            FloatVector residual = Lanes.load(r, c, at.lanes).blend(0, at.kept.not());
            FloatVector direction = preconditioned(residual, c, at);
            Lanes.store(residual, r, c, at.lanes);
            Lanes.store(direction, p, c, at.lanes);
            sum = residual.fma(direction, sum);
        }
        setEnergy(row, Lanes.sum(sum));
    }

    /// See [PruningOps#stepConjugate].
    void step(long row) {
        float energy = s.energy().row(row).getAtIndex(JAVA_FLOAT, 0);
        float curvature = dot(s.p().row(row), s.ap().row(row));
        if (energy > 0 && curvature > 0) {
            float next = descend(row, energy / curvature);
            turn(row, next / energy);
            setEnergy(row, next);
        }
    }

    private void setEnergy(long row, float energy) {
        s.energy().row(row).setAtIndex(JAVA_FLOAT, 0, energy);
    }

    private float dot(MemorySegment a, MemorySegment b) {
        FloatVector sum = FloatVector.zero(Lanes.FLOATS);
        for (int c = 0; c < s.q().cols(); c += Lanes.COUNT) {
            VectorMask<Float> lanes = Lanes.FLOATS.indexInRange(c, s.q().cols());
            sum = Lanes.load(a, c, lanes).fma(Lanes.load(b, c, lanes), sum);
        }
        return Lanes.sum(sum);
    }

    /// @return the new energy
    private float descend(long row, float a) {
        MemorySegment q = s.q().row(row);
        MemorySegment x = s.x().row(row);
        MemorySegment r = s.r().row(row);
        MemorySegment p = s.p().row(row);
        MemorySegment ap = s.ap().row(row);
        FloatVector step = FloatVector.broadcast(Lanes.FLOATS, a);
        FloatVector sum = FloatVector.zero(Lanes.FLOATS);
        for (int c = 0; c < s.q().cols(); c += Lanes.COUNT) {
            Kept at = kept(q, c);
            FloatVector moved = Lanes.load(p, c, at.lanes).fma(step, Lanes.load(x, c, at.lanes));
            FloatVector residual =
                    Lanes.load(ap, c, at.lanes)
                            .fma(step.neg(), Lanes.load(r, c, at.lanes))
                            .blend(0, at.kept.not());
            Lanes.store(moved, x, c, at.lanes);
            Lanes.store(residual, r, c, at.lanes);
            sum = residual.fma(preconditioned(residual, c, at), sum);
        }
        return Lanes.sum(sum);
    }

    private void turn(long row, float b) {
        MemorySegment q = s.q().row(row);
        MemorySegment r = s.r().row(row);
        MemorySegment p = s.p().row(row);
        FloatVector factor = FloatVector.broadcast(Lanes.FLOATS, b);
        for (int c = 0; c < s.q().cols(); c += Lanes.COUNT) {
            Kept at = kept(q, c);
            FloatVector direction = preconditioned(Lanes.load(r, c, at.lanes), c, at);
            Lanes.store(Lanes.load(p, c, at.lanes).fma(factor, direction), p, c, at.lanes);
        }
    }
}
