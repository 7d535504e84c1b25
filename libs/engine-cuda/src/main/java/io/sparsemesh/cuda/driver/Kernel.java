package io.sparsemesh.cuda.driver;

import java.lang.foreign.MemorySegment;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.JCudaDriver;

/// A kernel that can be launched on its device's stream.
public final class Kernel {

    private static final int SHARED_WITHOUT_ASKING = 48 << 10;

    /// JCuda keeps its handles to itself.
    static final class Function extends CUfunction {
        MemorySegment handle() {
            return MemorySegment.ofAddress(getNativePointer());
        }
    }

    private final CudaContext context;
    private final String name;
    private final Function function;
    private int shared = SHARED_WITHOUT_ASKING;

    Kernel(CudaContext context, String name, Function function) {
        this.context = context;
        this.name = name;
        this.function = function;
    }

    /// How many threads run a kernel.
    ///
    /// @param blocks of the grid, in x and y
    /// @param threads of a block
    /// @param shared bytes of dynamic shared memory of a block
    public record Grid(long blocksX, long blocksY, int threads, int shared) {

        /// Blocks along one dimension, without dynamic shared memory.
        public static Grid of(long blocks, int threads) {
            return new Grid(blocks, 1, threads, 0);
        }

        /// At least one thread for each of `items`.
        public static Grid covering(long items, int threads) {
            return of(Math.ceilDiv(items, threads), threads);
        }

        /// The same with dynamic shared memory.
        public Grid withShared(int bytes) {
            return new Grid(blocksX, blocksY, threads, bytes);
        }
    }

    /// Launches it. A grid without blocks is nothing to do.
    ///
    /// @param arguments of its parameters in order: an [Integer], [Long] or [Float] each, or a
    ///     [Matrix], which stands for two parameters, its address and its stride as a long, or an
    ///     [java.util.Optional] of one, 0 and 0 where it is empty
    public void launch(Grid grid, Object... arguments) {
        launchOn(context.stream(), grid, arguments);
    }

    /// The same on another stream.
    public void launchOn(Stream stream, Grid grid, Object... arguments) {
        if (grid.blocksX() == 0 || grid.blocksY() == 0) {
            return;
        }
        context.enter();
        allowShared(grid.shared());
        context.profile()
                .run(
                        name,
                        stream,
                        () ->
                                context.launcher()
                                        .launch(name, function.handle(), grid, stream, arguments));
    }

    private synchronized void allowShared(int bytes) {
        if (bytes > shared) {
            Status.check(
                    "cuFuncSetAttribute " + name,
                    JCudaDriver.cuFuncSetAttribute(
                            function,
                            CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
                            bytes));
            shared = bytes;
        }
    }
}
