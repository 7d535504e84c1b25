package io.sparsemesh.cuda;

import io.sparsemesh.cuda.cublas.Operand;
import io.sparsemesh.cuda.cublas.Type;
import io.sparsemesh.cuda.driver.Kernel;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.Optional;

/// The factor `H + diag(d) = R R^T` with R upper triangular, from the last column to the first, by
/// halves: factor the lower right quarter, solve for the upper right one, subtract its square from
/// the upper left one, factor that. Blocks of [#SMALL] columns are factored and inverted by one
/// block of threads; all else is products by cuBLAS.
///
/// @param type F32 or F64, of all but H and the result
record CudaFactor(Gpu gpu, Type type) {

    static final String SOURCE = "factor.cu";

    /// Columns that a block of threads factors in its registers.
    static final long SMALL = 128;

    private static final int THREADS = 256;

    /// Rows of a strip of a square that is subtracted, above whose diagonal block nothing is
    /// computed.
    private static final long STRIP = 2048;

    /// A part of a matrix of this type in device memory.
    private record Part(long address, Type type, long stride, long rows, long cols) {

        static Part of(Matrix matrix) {
            return new Part(
                    matrix.data().address(),
                    Type.F32,
                    matrix.stride(),
                    matrix.rows(),
                    matrix.cols());
        }

        Part view(long row, long col, long height, long width) {
            long first = address + (row * stride + col) * type.bytes();
            return new Part(first, type, stride, height, width);
        }

        Operand operand(boolean transposed) {
            return new Operand(address, type, stride, transposed);
        }
    }

    /// Where a factorisation works.
    ///
    /// @param a H, then R
    /// @param inverses of the diagonal blocks of R, one below the other, `[n x SMALL]`
    /// @param copy scratch memory of a solve, `[n x SMALL]`
    /// @param failed the column whose pivot is not positive, -1 before any
    private record Work(Part a, Part inverses, Part copy, Matrix failed) {}

    /// See [io.sparsemesh.engine.device.PruningOps#factor].
    Optional<Long> run(Matrix h, Matrix d, Matrix r) {
        long n = h.rows();
        try (Arena arena = Arena.ofConfined()) {
            Matrix failed = gpu.cell(arena, () -> -1);
            Part a = type == Type.F32 ? Part.of(r) : scratch(arena, n, n);
            Work work = new Work(a, scratch(arena, n, SMALL), scratch(arena, n, SMALL), failed);
            String copy = type == Type.F32 ? "copy_upper_float" : "copy_upper_double";
            Elementwise.launch(kernel(copy), h, h, d, a.address(), a.stride());
            factor(work, 0, n);
            finish(a, r);
            long column = gpu.readLong(failed);
            return column < 0 ? Optional.empty() : Optional.of(column);
        }
    }

    /// Zeros below the diagonal: updates of whole blocks left something there.
    private void finish(Part a, Matrix r) {
        if (type == Type.F32) {
            Elementwise.launch(kernel("clear_lower"), r, r);
        } else {
            Elementwise.launch(kernel("narrow"), r, a.address(), a.stride(), r);
        }
    }

    private Part scratch(Arena arena, long rows, long cols) {
        long floats = cols * type.bytes() / Float.BYTES;
        Matrix memory = gpu.scratch(arena, rows, floats);
        return new Part(memory.data().address(), type, cols, rows, cols);
    }

    private Kernel kernel(String name) {
        return gpu.kernel(SOURCE, name);
    }

    /// The columns from `from` to `to`.
    private void factor(Work work, long from, long to) {
        long n = to - from;
        if (n <= SMALL) {
            factorSmall(work, from, n);
            return;
        }
        long middle = from + half(n);
        factor(work, middle, to);
        Part right = work.a().view(from, middle, middle - from, to - middle);
        solve(work, middle, to, right);
        subtractSquare(right, work.a().view(from, from, middle - from, middle - from));
        factor(work, from, middle);
    }

    /// About half of n, a multiple of [#SMALL].
    private static long half(long n) {
        return Math.ceilDiv(Math.ceilDiv(n, SMALL), 2) * SMALL;
    }

    private void factorSmall(Work work, long from, long n) {
        Part block = work.a().view(from, from, n, n);
        Part inverse = inverse(work, from, n);
        kernel(type == Type.F32 ? "factor_block_float" : "factor_block_double")
                .launch(
                        Kernel.Grid.of(1, THREADS),
                        block.address(),
                        block.stride(),
                        inverse.address(),
                        inverse.stride(),
                        (int) n,
                        from,
                        work.failed().data().address());
    }

    private static Part inverse(Work work, long from, long n) {
        return work.inverses().view(from, 0, n, n);
    }

    /// `B := B R^-T` for the R of the columns `from` to `to`, by halves: with `[B1 B2]` and `R =
    /// [R11 R12; 0 R22]`, first `B2 := B2 R22^-T`, then `B1 := (B1 - B2 R12^T) R11^-T`.
    private void solve(Work work, long from, long to, Part b) {
        long n = to - from;
        if (n <= SMALL) {
            solveSmall(work, inverse(work, from, n), b);
            return;
        }
        long half = half(n);
        Part left = b.view(0, 0, b.rows(), half);
        Part right = b.view(0, half, b.rows(), n - half);
        Part r12 = work.a().view(from, from + half, half, n - half);
        solve(work, from + half, to, right);
        multiply(-1, right, r12, true, 1, left);
        solve(work, from, from + half, left);
    }

    /// `B := B U^T` where `U = R^-1`.
    private void solveSmall(Work work, Part u, Part b) {
        Part copy = work.copy().view(0, 0, b.rows(), b.cols());
        long words = b.cols() * type.bytes() / Float.BYTES;
        ElementGrid grid = ElementGrid.of(b.rows(), words);
        kernel("copy_words")
                .launch(
                        grid.grid(),
                        b.address(),
                        words(b),
                        copy.address(),
                        words(copy),
                        b.rows(),
                        words,
                        grid.shift());
        multiply(1, copy, u, true, 0, b);
    }

    private long words(Part part) {
        return part.stride() * type.bytes() / Float.BYTES;
    }

    /// The upper triangle of `A := A - B B^T`, and some of what is below it.
    private void subtractSquare(Part b, Part a) {
        for (long top = 0; top < a.rows(); top += STRIP) {
            long height = Math.min(STRIP, a.rows() - top);
            Part rows = b.view(top, 0, height, b.cols());
            Part others = b.view(top, 0, a.cols() - top, b.cols());
            multiply(-1, rows, others, true, 1, a.view(top, top, height, a.cols() - top));
        }
    }

    private void multiply(double alpha, Part a, Part b, boolean transposed, double beta, Part c) {
        gpu.multiply(
                c.rows(),
                c.cols(),
                a.cols(),
                alpha,
                a.operand(false),
                b.operand(transposed),
                beta,
                c.operand(false));
    }
}
