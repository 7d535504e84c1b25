package io.sparsemesh.engine.device;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// Vectors of the width that the machine likes best, read from and written to native memory.
final class Lanes {

    static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;

    static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_PREFERRED;

    /// Floats of one vector, a power of two.
    static final int COUNT = FLOATS.length();

    /// Doubles of one vector.
    static final int DOUBLE_COUNT = DOUBLES.length();

    private static final VectorSpecies<Float> HALF =
            VectorSpecies.of(float.class, VectorShape.forBitSize(DOUBLE_COUNT * Float.SIZE));

    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final long FLOAT = ValueLayout.JAVA_FLOAT.byteSize();

    private Lanes() {}

    /// The floats from `index` on.
    static FloatVector load(MemorySegment memory, long index) {
        return FloatVector.fromMemorySegment(FLOATS, memory, index * FLOAT, ORDER);
    }

    static void store(FloatVector values, MemorySegment memory, long index) {
        values.intoMemorySegment(memory, index * FLOAT, ORDER);
    }

    /// The floats from `index` on in the lanes of `which`, 0 in the others.
    static FloatVector load(MemorySegment memory, long index, VectorMask<Float> which) {
        return FloatVector.fromMemorySegment(FLOATS, memory, index * FLOAT, ORDER, which);
    }

    static void store(
            FloatVector values, MemorySegment memory, long index, VectorMask<Float> which) {
        values.intoMemorySegment(memory, index * FLOAT, ORDER, which);
    }

    /// The lanes added in their order. The order of the Vector API's own sum is not defined, and
    /// differs between interpreted and compiled code.
    static float sum(FloatVector values) {
        float sum = 0;
        for (float lane : values.toArray()) {
            sum += lane;
        }
        return sum;
    }

    /// As [#sum(FloatVector)].
    static double sum(DoubleVector values) {
        double sum = 0;
        for (double lane : values.toArray()) {
            sum += lane;
        }
        return sum;
    }

    /// The floats from `index` on, as many as a vector has doubles. Read by themselves rather than
    /// as halves of a vector of floats: with those, sums took several times as long in some
    /// processes as in others.
    static DoubleVector doubles(float[] values, int index) {
        return doubles(FloatVector.fromArray(HALF, values, index));
    }

    /// As [#doubles(float[],int)], from native memory.
    static DoubleVector doubles(MemorySegment memory, long index) {
        return doubles(FloatVector.fromMemorySegment(HALF, memory, index * FLOAT, ORDER));
    }

    private static DoubleVector doubles(FloatVector half) {
        return (DoubleVector) half.convertShape(VectorOperators.F2D, DOUBLES, 0);
    }

    /// The largest multiple of a vector's length up to `n`.
    static long bound(long n) {
        return FLOATS.loopBound(n);
    }

    static int bound(int n) {
        return FLOATS.loopBound(n);
    }
}
