package io.sparsemesh.engine.device.natives;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.List;

/// The product of oneDNN, which compiles its kernels for the processor as they are first called:
/// on processors with AVX-512 it is faster than that of [OpenBlas].
///
/// Some of these kernels (of version 3.8.1, such as for 64 x 64 x 128) use the stack pointer for
/// memory that they allocated. A signal's handler, such as a profiler's, would write into the heap
/// there: signals wait until the product is done.
public final class OneDnn implements Sgemm {

    private static final List<String> FILES =
            List.of(
                    "/org/bytedeco/dnnl/linux-x86_64/libgomp.so.1",
                    "/org/bytedeco/opencl/linux-x86_64/libOpenCL.so.1",
                    "/org/bytedeco/dnnl/linux-x86_64/libdnnl.so.3");

    /// `dnnl_success` of `dnnl_types.h`.
    private static final int SUCCESS = 0;

    private static final byte NO_TRANS = 'N';
    private static final byte TRANS = 'T';

    /// `char`, `dnnl_dim_t`, `float` and pointers, short for the table of arguments below.
    private static final ValueLayout B = JAVA_BYTE;

    private static final ValueLayout L = JAVA_LONG;
    private static final ValueLayout F = JAVA_FLOAT;
    private static final ValueLayout P = ADDRESS;

    private final MethodHandle sgemm;
    private final MethodHandle setThreads;
    private final Signals signals = new Signals();
    private final String version;

    /// Whether the library is on the class path: it is there for Linux on x86-64.
    static boolean isPresent() {
        return FILES.stream().allMatch(file -> OneDnn.class.getResource(file) != null);
    }

    /// @throws IOException when its files could not be written to the cache
    /// @throws IllegalArgumentException when the system does not load them, with the reason
    OneDnn() throws IOException {
        List<SymbolLookup> libraries = new NativeFiles(FILES).load();
        Functions functions = new Functions(libraries.getLast());
        // dnnl_status_t dnnl_sgemm(char transa, char transb, dnnl_dim_t M, dnnl_dim_t N,
        //   dnnl_dim_t K, float alpha, const float *A, dnnl_dim_t lda, const float *B,
        //   dnnl_dim_t ldb, float beta, float *C, dnnl_dim_t ldc)
        sgemm = functions.find("dnnl_sgemm", JAVA_INT, B, B, L, L, L, F, P, L, P, L, F, P, L);
        // void omp_set_num_threads(int num_threads)
        setThreads =
                new Functions(libraries.getFirst()).find("omp_set_num_threads", null, JAVA_INT);
        version = version(functions);
    }

    private static String version(Functions functions) {
        // const dnnl_version_t *dnnl_version(void), which begins with int major, minor, patch
        MethodHandle find = functions.find("dnnl_version", P);
        try {
            MemorySegment parts = ((MemorySegment) find.invokeExact()).reinterpret(3 * 4);
            return "%d.%d.%d"
                    .formatted(
                            parts.getAtIndex(JAVA_INT, 0),
                            parts.getAtIndex(JAVA_INT, 1),
                            parts.getAtIndex(JAVA_INT, 2));
        } catch (Throwable e) {
            // A method handle's call declares Throwable; the C function throws nothing.
            throw Functions.failed("dnnl_version", e);
        }
    }

    /// As `3.8.1`.
    public String version() {
        return version;
    }

    /// The number of threads is one of each calling thread's own, which is why it is set here: that
    /// takes no time beside a product.
    @Override
    public void sgemm(
            boolean transposeA,
            boolean transposeB,
            int m,
            int n,
            int k,
            float alpha,
            MemorySegment a,
            int lda,
            MemorySegment b,
            int ldb,
            float beta,
            MemorySegment c,
            int ldc) {
        int status;
        MemorySegment mask = signals.hold();
        try {
            setThreads.invokeExact(1);
            status =
                    (int)
                            sgemm.invokeExact(
                                    transposeA ? TRANS : NO_TRANS,
                                    transposeB ? TRANS : NO_TRANS,
                                    (long) m,
                                    (long) n,
                                    (long) k,
                                    alpha,
                                    a,
                                    (long) lda,
                                    b,
                                    (long) ldb,
                                    beta,
                                    c,
                                    (long) ldc);
        } catch (Throwable e) {
            // A method handle's call declares Throwable; the C function throws nothing.
            throw Functions.failed("dnnl_sgemm", e);
        } finally {
            signals.restore(mask);
        }
        if (status != SUCCESS) {
            throw new IllegalStateException(
                    "dnnl_sgemm of %d x %d x %d: status %d".formatted(m, n, k, status));
        }
    }
}
