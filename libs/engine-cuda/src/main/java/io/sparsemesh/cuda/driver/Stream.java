package io.sparsemesh.cuda.driver;

import java.lang.foreign.MemorySegment;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;

/// A queue of operations on the device, which run one after the other. Closed by its context.
public final class Stream {

    private static final int NON_BLOCKING = 1;

    /// JCuda keeps its handles to itself.
    private static final class Handle extends CUstream {
        long value() {
            return getNativePointer();
        }
    }

    private final Handle handle = new Handle();

    Stream() {
        Status.check("cuStreamCreate", JCudaDriver.cuStreamCreate(handle, NON_BLOCKING));
    }

    CUstream jcuda() {
        return handle;
    }

    /// The `CUstream`, for other libraries.
    public MemorySegment handle() {
        return MemorySegment.ofAddress(handle.value());
    }

    /// Waits until all operations given so far are done.
    public void synchronize() {
        Status.check("cuStreamSynchronize", JCudaDriver.cuStreamSynchronize(handle));
    }

    void close() {
        JCudaDriver.cuStreamDestroy(handle);
    }
}
