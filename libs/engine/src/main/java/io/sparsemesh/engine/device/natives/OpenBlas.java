package io.sparsemesh.engine.device.natives;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The functions of OpenBLAS that the engine calls, on row-major matrices in native memory.
/// Leading dimensions are distances of rows in elements. Calls may run at the same time on
/// different threads; each one uses its own thread only.
public final class OpenBlas implements Sgemm {

    /// `enum CBLAS_ORDER`, `CBLAS_TRANSPOSE`, `CBLAS_UPLO`, `CBLAS_DIAG`, `CBLAS_SIDE` of
    /// `cblas.h`.
    private static final int ROW_MAJOR = 101;

    private static final int NO_TRANS = 111;
    private static final int TRANS = 112;
    private static final int UPPER = 121;
    private static final int NON_UNIT = 131;
    private static final int RIGHT = 142;

    /// `blasint`, `float` and pointers, short for the tables of arguments below.
    private static final ValueLayout I = JAVA_INT;

    private static final ValueLayout F = JAVA_FLOAT;
    private static final ValueLayout P = ADDRESS;

    private static final List<String> MAC_LIBRARIES =
            List.of(
                    "libgcc_s.1.1.dylib",
                    "libquadmath.0.dylib",
                    "libgfortran.5.dylib",
                    "libopenblas.0.dylib");

    private static final class Holder {
        private static final OpenBlas LOADED;
        private static final Throwable FAILURE;

        static {
            OpenBlas loaded = null;
            Throwable failure = null;
            try {
                loaded = new OpenBlas(load());
            } catch (IOException | RuntimeException | LinkageError e) {
                failure = e;
            }
            LOADED = loaded;
            FAILURE = failure;
        }
    }

    private final MethodHandle sgemm;
    private final MethodHandle ssyrk;
    private final MethodHandle strsm;
    private final MethodHandle spotrf;
    private final MethodHandle dpotrf;
    private final MethodHandle strtri;
    private final String config;

    /// Whether the library could be loaded on this machine.
    public static boolean isAvailable() {
        return Holder.LOADED != null;
    }

    /// Why the library could not be loaded; empty where it was.
    public static Optional<Throwable> failure() {
        return Optional.ofNullable(Holder.FAILURE);
    }

    /// The library, loaded once for the process.
    ///
    /// @throws IllegalStateException when it could not be loaded, with the reason as its cause
    public static OpenBlas get() {
        if (Holder.LOADED == null) {
            throw new IllegalStateException(
                    "OpenBLAS could not be loaded: " + Holder.FAILURE.getMessage(), Holder.FAILURE);
        }
        return Holder.LOADED;
    }

    private OpenBlas(SymbolLookup library) {
        Functions functions = new Functions(library);
        // void cblas_sgemm(enum CBLAS_ORDER, enum CBLAS_TRANSPOSE a, enum CBLAS_TRANSPOSE b,
        //   blasint m, blasint n, blasint k, float alpha, const float *a, blasint lda,
        //   const float *b, blasint ldb, float beta, float *c, blasint ldc)
        sgemm = functions.find("cblas_sgemm", null, I, I, I, I, I, I, F, P, I, P, I, F, P, I);
        // void cblas_ssyrk(enum CBLAS_ORDER, enum CBLAS_UPLO, enum CBLAS_TRANSPOSE,
        //   blasint n, blasint k, float alpha, const float *a, blasint lda, float beta,
        //   float *c, blasint ldc)
        ssyrk = functions.find("cblas_ssyrk", null, I, I, I, I, I, F, P, I, F, P, I);
        // void cblas_strsm(enum CBLAS_ORDER, enum CBLAS_SIDE, enum CBLAS_UPLO,
        //   enum CBLAS_TRANSPOSE, enum CBLAS_DIAG, blasint m, blasint n, float alpha,
        //   const float *a, blasint lda, float *b, blasint ldb)
        strsm = functions.find("cblas_strsm", null, I, I, I, I, I, I, I, F, P, I, P, I);
        // void spotrf_(char *uplo, blasint *n, float *a, blasint *lda, blasint *info)
        spotrf = functions.find("spotrf_", null, P, P, P, P, P);
        // void dpotrf_(char *uplo, blasint *n, double *a, blasint *lda, blasint *info)
        dpotrf = functions.find("dpotrf_", null, P, P, P, P, P);
        // void strtri_(char *uplo, char *diag, blasint *n, float *a, blasint *lda, blasint *info)
        strtri = functions.find("strtri_", null, P, P, P, P, P, P);
        config = configure(functions);
    }

    private static String configure(Functions functions) {
        // void openblas_set_num_threads(int num_threads)
        MethodHandle setThreads = functions.find("openblas_set_num_threads", null, I);
        // char *openblas_get_config(void)
        MethodHandle getConfig = functions.find("openblas_get_config", P);
        try {
            setThreads.invokeExact(1);
            MemorySegment text = (MemorySegment) getConfig.invokeExact();
            return text.reinterpret(1024).getString(0).strip();
        } catch (Throwable e) {
            // A method handle's call declares Throwable; the C function throws nothing.
            throw Functions.failed("openblas_get_config", e);
        }
    }

    /// The library's own description: version, options, kernel.
    public String config() {
        return config;
    }

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
        try {
            sgemm.invokeExact(
                    ROW_MAJOR,
                    transposeA ? TRANS : NO_TRANS,
                    transposeB ? TRANS : NO_TRANS,
                    m,
                    n,
                    k,
                    alpha,
                    a,
                    lda,
                    b,
                    ldb,
                    beta,
                    c,
                    ldc);
        } catch (Throwable e) {
            // A method handle's call declares Throwable; the C function throws nothing.
            throw Functions.failed("cblas_sgemm", e);
        }
    }

    /// Upper triangle of `C := beta C + alpha A^T A` for A `[k x n]` where `transpose`, else of
    /// `C := beta C + alpha A A^T` for A `[n x k]`; C `[n x n]`, its lower triangle untouched.
    public void ssyrkUpper(
            boolean transpose,
            int n,
            int k,
            float alpha,
            MemorySegment a,
            int lda,
            float beta,
            MemorySegment c,
            int ldc) {
        try {
            ssyrk.invokeExact(
                    ROW_MAJOR,
                    UPPER,
                    transpose ? TRANS : NO_TRANS,
                    n,
                    k,
                    alpha,
                    a,
                    lda,
                    beta,
                    c,
                    ldc);
        } catch (Throwable e) {
            // A method handle's call declares Throwable; the C function throws nothing.
            throw Functions.failed("cblas_ssyrk", e);
        }
    }

    /// `B := B R^-T` for R `[n x n]` upper triangular, B `[m x n]`.
    public void strsmRightUpperTransposed(
            int m, int n, MemorySegment r, int ldr, MemorySegment b, int ldb) {
        try {
            strsm.invokeExact(ROW_MAJOR, RIGHT, UPPER, TRANS, NON_UNIT, m, n, 1f, r, ldr, b, ldb);
        } catch (Throwable e) {
            // A method handle's call declares Throwable; the C function throws nothing.
            throw Functions.failed("cblas_strsm", e);
        }
    }

    /// Lower triangle of A becomes L with `A = L L^T`; the upper one is neither read nor written.
    ///
    /// @return 0, or the 1-based index of the first pivot that is not positive
    public int spotrfLower(int n, MemorySegment a, int lda) {
        return potrf("spotrf", spotrf, n, a, lda);
    }

    /// As [#spotrfLower], for doubles.
    public int dpotrfLower(int n, MemorySegment a, int lda) {
        return potrf("dpotrf", dpotrf, n, a, lda);
    }

    private static int potrf(String name, MethodHandle function, int n, MemorySegment a, int lda) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocateFrom(JAVA_INT, 0);
            // Lower by rows is upper by columns, which is how LAPACK reads memory.
            function.invokeExact(
                    arena.allocateFrom("U"),
                    arena.allocateFrom(JAVA_INT, n),
                    a,
                    arena.allocateFrom(JAVA_INT, lda),
                    info);
            return checked(name, info.get(JAVA_INT, 0));
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            // A method handle's call declares Throwable; the C function throws nothing.
            throw Functions.failed(name, e);
        }
    }

    /// Upper triangle of A becomes its inverse; the lower one is neither read nor written.
    ///
    /// @return 0, or the 1-based index of the first zero on the diagonal
    public int strtriUpper(int n, MemorySegment a, int lda) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocateFrom(JAVA_INT, 0);
            strtri.invokeExact(
                    arena.allocateFrom("L"),
                    arena.allocateFrom("N"),
                    arena.allocateFrom(JAVA_INT, n),
                    a,
                    arena.allocateFrom(JAVA_INT, lda),
                    info);
            return checked("strtri", info.get(JAVA_INT, 0));
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            // A method handle's call declares Throwable; the C function throws nothing.
            throw Functions.failed("strtri", e);
        }
    }

    private static int checked(String name, int info) {
        if (info < 0) {
            throw new IllegalArgumentException(name + ": argument " + -info + " is not valid");
        }
        return info;
    }

    private static SymbolLookup load() throws IOException {
        Platform platform = Platform.current();
        String resources = "/org/bytedeco/openblas/" + platform.folder + "/";
        return NativeFiles.in(resources, platform.libraries).load().getLast();
    }

    /// The libraries of one platform, in the order in which they need each other.
    private enum Platform {
        LINUX_X86_64(
                "linux-x86_64",
                List.of(
                        "libgcc_s.so.1",
                        "libquadmath.so.0",
                        "libgfortran.so.5",
                        "libopenblas.so.0")),
        LINUX_ARM64(
                "linux-arm64", List.of("libgcc_s.so.1", "libgfortran.so.5", "libopenblas.so.0")),
        MACOSX_ARM64("macosx-arm64", MAC_LIBRARIES),
        MACOSX_X86_64("macosx-x86_64", MAC_LIBRARIES);

        private final String folder;
        private final List<String> libraries;

        Platform(String folder, List<String> libraries) {
            this.folder = folder;
            this.libraries = libraries;
        }

        static Platform current() throws IOException {
            String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
            boolean arm = System.getProperty("os.arch").equals("aarch64");
            if (system.startsWith("linux")) {
                return arm ? LINUX_ARM64 : LINUX_X86_64;
            }
            if (system.startsWith("mac")) {
                return arm ? MACOSX_ARM64 : MACOSX_X86_64;
            }
            throw new IOException("no OpenBLAS for " + system + ": expected Linux or macOS");
        }
    }
}
