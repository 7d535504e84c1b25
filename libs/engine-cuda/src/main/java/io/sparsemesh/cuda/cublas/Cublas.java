package io.sparsemesh.cuda.cublas;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.sparsemesh.cuda.library.CudaLibraries;
import io.sparsemesh.cuda.library.NativeFunction;
import io.sparsemesh.engine.device.DeviceException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Products of matrices by cuBLAS, on row-major matrices in device memory: the functions of
/// `cublas_v2.h` that are used here. cuBLAS counts by columns, so what it is given is
/// `C^T = B^T A^T`. One thread at a time.
public final class Cublas implements AutoCloseable {

    /// `cublasComputeType_t`: sums in F32 without rounding the operands to TF32, or in F64.
    private static final int COMPUTE_32F = 68;

    private static final int COMPUTE_64F = 70;

    /// `cublasGemmAlgo_t`
    private static final int ALGORITHM_DEFAULT = -1;

    /// `cublasStatus_t`: a kernel could not be launched, which after an error of the device is so
    /// ever after.
    private static final int EXECUTION_FAILED = 13;

    private static final int NOT_TRANSPOSED = 0;
    private static final int TRANSPOSED = 1;

    private static final ValueLayout I = JAVA_INT;
    private static final ValueLayout P = ADDRESS;

    private final CudaLibraries.Found library;
    private final NativeFunction gemm;
    private final NativeFunction gemmBatched;
    private final NativeFunction destroy;
    private final MemorySegment handle;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment alpha = arena.allocate(Double.BYTES);
    private final MemorySegment beta = arena.allocate(Double.BYTES);

    /// @param stream the `CUstream` its products are given to; the calling thread's context must be
    ///     that stream's
    /// @param workspace device memory for its own use. Its own of another size for each stream
    ///     would make results depend on what ran before
    /// @throws DeviceException when the library cannot be loaded or used, with the reason
    public Cublas(MemorySegment stream, MemorySegment workspace) {
        library = CudaLibraries.toolkit("cublas");
        gemm = function("cublasGemmEx", P, I, I, I, I, I, P, P, I, I, P, I, I, P, P, I, I, I, I);
        gemmBatched =
                function(
                        "cublasGemmBatchedEx",
                        P,
                        I,
                        I,
                        I,
                        I,
                        I,
                        P,
                        P,
                        I,
                        I,
                        P,
                        I,
                        I,
                        P,
                        P,
                        I,
                        I,
                        I,
                        I,
                        I);
        destroy = function("cublasDestroy_v2", P);
        handle = create();
        set(stream, workspace);
    }

    private NativeFunction function(String name, ValueLayout... arguments) {
        return NativeFunction.of(library, name, arguments);
    }

    private MemorySegment create() {
        NativeFunction create = function("cublasCreate_v2", P);
        try {
            MemorySegment created = arena.allocate(ADDRESS);
            check("cublasCreate", (int) create.handle().invokeExact(created));
            return created.get(ADDRESS, 0);
        } catch (Throwable e) { // invokeExact declares it
            throw NativeFunction.thrown("cublasCreate", e);
        }
    }

    private void set(MemorySegment stream, MemorySegment workspace) {
        NativeFunction setStream = function("cublasSetStream_v2", P, P);
        NativeFunction setWorkspace = function("cublasSetWorkspace_v2", P, P, JAVA_LONG);
        MemorySegment memory = MemorySegment.ofAddress(workspace.address());
        try {
            check("cublasSetStream", (int) setStream.handle().invokeExact(handle, stream));
            int status =
                    (int) setWorkspace.handle().invokeExact(handle, memory, workspace.byteSize());
            check("cublasSetWorkspace", status);
        } catch (Throwable e) { // invokeExact declares it
            throw NativeFunction.thrown("cublasSetWorkspace", e);
        }
    }

    /// Its version and where it lies.
    public String version() {
        NativeFunction version = function("cublasGetVersion_v2", P, P);
        try (Arena own = Arena.ofConfined()) {
            MemorySegment found = own.allocate(JAVA_INT);
            check("cublasGetVersion", (int) version.handle().invokeExact(handle, found));
            int number = found.get(JAVA_INT, 0);
            return "%d.%d.%d of %s"
                    .formatted(
                            number / 10_000, number % 10_000 / 100, number % 100, library.place());
        } catch (Throwable e) { // invokeExact declares it
            throw NativeFunction.thrown("cublasGetVersion", e);
        }
    }

    /// `C := beta C + alpha A B`, A and B transposed where they say so, sums in F32, or in F64 if C
    /// is F64.
    ///
    /// @param m rows of C
    /// @param n columns of C
    /// @param k length of the sums
    public void multiply(
            long m, long n, long k, double alpha, Operand a, Operand b, double beta, Operand c) {
        if (m == 0 || n == 0) {
            return;
        }
        boolean wide = c.type() == Type.F64;
        setFactors(alpha, beta, wide);
        try {
            int status =
                    (int)
                            gemm.handle()
                                    .invokeExact(
                                            handle,
                                            operation(b),
                                            operation(a),
                                            Math.toIntExact(n),
                                            Math.toIntExact(m),
                                            Math.toIntExact(k),
                                            this.alpha,
                                            MemorySegment.ofAddress(b.address()),
                                            b.type().code(),
                                            Math.toIntExact(Math.max(b.stride(), 1)),
                                            MemorySegment.ofAddress(a.address()),
                                            a.type().code(),
                                            Math.toIntExact(Math.max(a.stride(), 1)),
                                            this.beta,
                                            MemorySegment.ofAddress(c.address()),
                                            c.type().code(),
                                            Math.toIntExact(Math.max(c.stride(), 1)),
                                            wide ? COMPUTE_64F : COMPUTE_32F,
                                            ALGORITHM_DEFAULT);
            check("cublasGemmEx", status);
        } catch (Throwable e) { // invokeExact declares it
            throw NativeFunction.thrown("cublasGemmEx", e);
        }
    }

    /// The same for many products of the same shape at once, sums in F32.
    ///
    /// @param a addresses of all A, and so on
    /// @param count how many
    public void multiplyEach(
            long m,
            long n,
            long k,
            float alpha,
            Operand a,
            Operand b,
            float beta,
            Operand c,
            int count) {
        if (m == 0 || n == 0 || count == 0) {
            return;
        }
        setFactors(alpha, beta, false);
        try {
            int status =
                    (int)
                            gemmBatched
                                    .handle()
                                    .invokeExact(
                                            handle,
                                            operation(b),
                                            operation(a),
                                            Math.toIntExact(n),
                                            Math.toIntExact(m),
                                            Math.toIntExact(k),
                                            this.alpha,
                                            MemorySegment.ofAddress(b.address()),
                                            b.type().code(),
                                            Math.toIntExact(b.stride()),
                                            MemorySegment.ofAddress(a.address()),
                                            a.type().code(),
                                            Math.toIntExact(a.stride()),
                                            this.beta,
                                            MemorySegment.ofAddress(c.address()),
                                            c.type().code(),
                                            Math.toIntExact(c.stride()),
                                            count,
                                            COMPUTE_32F,
                                            ALGORITHM_DEFAULT);
            check("cublasGemmBatchedEx", status);
        } catch (Throwable e) { // invokeExact declares it
            throw NativeFunction.thrown("cublasGemmBatchedEx", e);
        }
    }

    private static int operation(Operand operand) {
        return operand.transposed() ? TRANSPOSED : NOT_TRANSPOSED;
    }

    private void setFactors(double ofProduct, double ofOld, boolean wide) {
        if (wide) {
            alpha.set(ValueLayout.JAVA_DOUBLE, 0, ofProduct);
            beta.set(ValueLayout.JAVA_DOUBLE, 0, ofOld);
        } else {
            alpha.set(ValueLayout.JAVA_FLOAT, 0, (float) ofProduct);
            beta.set(ValueLayout.JAVA_FLOAT, 0, (float) ofOld);
        }
    }

    private void check(String function, int status) {
        if (status != 0) {
            String message =
                    "%s: expected status 0, found %s".formatted(library.place(), text(status));
            throw status == EXECUTION_FAILED
                    ? DeviceException.lost(function, status, message)
                    : new DeviceException(function, status, message);
        }
    }

    /// Of `cublasStatus_t`.
    private static String text(int status) {
        return switch (status) {
            case 1 -> "1, not initialised";
            case 3 -> "3, allocation failed";
            case 7 -> "7, invalid value";
            case 8 -> "8, architecture mismatch";
            case 11 -> "11, mapping error";
            case EXECUTION_FAILED -> "13, execution failed";
            case 14 -> "14, internal error";
            case 15 -> "15, not supported";
            default -> Integer.toString(status);
        };
    }

    @Override
    public void close() {
        try {
            int _ = (int) destroy.handle().invokeExact(handle);
        } catch (Throwable e) { // invokeExact declares it
            throw NativeFunction.thrown("cublasDestroy", e);
        } finally {
            arena.close();
        }
    }
}
