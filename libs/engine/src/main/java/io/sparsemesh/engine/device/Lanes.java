package io.sparsemesh.engine.device;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// Vectors of the width that the machine likes best, read from and written to native memory.
final class Lanes {

    static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;

    /// Floats of one vector, a power of two.
    static final int COUNT = FLOATS.length();

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

    /// The largest multiple of a vector's length up to `n`.
    static long bound(long n) {
        return FLOATS.loopBound(n);
    }
}
