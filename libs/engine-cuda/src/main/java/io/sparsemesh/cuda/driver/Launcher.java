package io.sparsemesh.cuda.driver;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.sparsemesh.cuda.library.CudaLibraries;
import io.sparsemesh.cuda.library.NativeFunction;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/// `cuLaunchKernel`, called with parameters in memory that is laid out once: launches are many and
/// small, and JCuda takes several microseconds for the objects of each.
final class Launcher {

    private static final int MOST_PARAMETERS = 64;

    private static final ValueLayout I = JAVA_INT;
    private static final ValueLayout P = ADDRESS;

    private final NativeFunction launch =
            NativeFunction.of(
                    CudaLibraries.driver(), "cuLaunchKernel", P, I, I, I, I, I, I, I, P, P, P);
    private final Arena arena = Arena.ofShared();
    private final MemorySegment values = arena.allocate(JAVA_LONG, MOST_PARAMETERS);
    private final MemorySegment pointers = arena.allocate(ADDRESS, MOST_PARAMETERS);
    private int count;

    Launcher() {
        for (int i = 0; i < MOST_PARAMETERS; i++) {
            pointers.setAtIndex(ADDRESS, i, values.asSlice((long) i * Long.BYTES));
        }
    }

    synchronized void launch(
            String name, MemorySegment function, Kernel.Grid grid, Stream stream, Object... of) {
        count = 0;
        for (Object argument : of) {
            add(argument);
        }
        try {
            int status =
                    (int)
                            launch.handle()
                                    .invokeExact(
                                            function,
                                            Math.toIntExact(grid.blocksX()),
                                            Math.toIntExact(grid.blocksY()),
                                            1,
                                            grid.threads(),
                                            1,
                                            1,
                                            grid.shared(),
                                            stream.handle(),
                                            pointers,
                                            MemorySegment.NULL);
            Status.check(name, status);
        } catch (Throwable e) { // invokeExact declares it
            throw NativeFunction.thrown(name, e);
        }
    }

    private void add(Object argument) {
        switch (argument) {
            case Integer value -> values.setAtIndex(JAVA_INT, 2L * count++, value);
            case Long value -> values.setAtIndex(JAVA_LONG, count++, value);
            case Float value -> values.setAtIndex(ValueLayout.JAVA_FLOAT, 2L * count++, value);
            case Matrix matrix -> {
                values.setAtIndex(JAVA_LONG, count++, matrix.data().address());
                values.setAtIndex(JAVA_LONG, count++, matrix.stride());
            }
            case Optional<?> matrix when matrix.isPresent() -> add(matrix.get());
            case Optional<?> _ -> {
                values.setAtIndex(JAVA_LONG, count++, 0);
                values.setAtIndex(JAVA_LONG, count++, 0);
            }
            default -> throw new IllegalArgumentException("a kernel's argument " + argument);
        }
    }

    void close() {
        arena.close();
    }
}
