package io.sparsemesh.cuda;

import io.sparsemesh.cuda.cublas.Operand;
import io.sparsemesh.cuda.cublas.Type;
import io.sparsemesh.cuda.driver.Kernel;
import io.sparsemesh.engine.device.Blas;
import io.sparsemesh.engine.device.Shapes;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;

/// Products by cuBLAS with sums in F32. Where `type` is F16 or BF16 the operands of products are
/// rounded to it first, and the tensor cores multiply them: products of two such numbers are exact
/// in F32.
///
/// @param type F32, F16 or BF16
record CudaBlas(Gpu gpu, Type type) implements Blas {

    static final String MATRIX = "matrix.cu";

    /// Rows of a strip of a Gram matrix, above whose diagonal block nothing is computed.
    private static final long STRIP = 2048;

    /// Tokens whose products the tensor cores sum up at once. They cut off what a sum has no place
    /// for, so that a sum over many tokens comes out too small: over 16,384 on an H200 by 3 to 7
    /// parts in 100,000, by which Gram matrices of much the same inputs were not positive definite
    /// with the usual damping. The sums of these are added with rounding.
    private static final long SUMMED_TOKENS = 2048;

    /// The tensor cores want rows to begin at a multiple of 16 bytes.
    private static final long HALVES_ALIGNMENT = 8;

    private static final int TILE_THREADS = 256;
    private static final long TILE = 32;

    @Override
    public void multiply(float alpha, Matrix a, Matrix b, float beta, Matrix c) {
        Shapes.checkProduct("multiply", a.rows(), a.cols(), b.rows(), b.cols(), c);
        product(alpha, a, b, false, beta, c);
    }

    @Override
    public void multiplyTransposed(float alpha, Matrix a, Matrix b, float beta, Matrix c) {
        Shapes.checkProduct("multiplyTransposed", a.rows(), a.cols(), b.cols(), b.rows(), c);
        product(alpha, a, b, true, beta, c);
    }

    @Override
    public void transposedMultiply(float alpha, Matrix a, Matrix b, float beta, Matrix c) {
        Shapes.checkProduct("transposedMultiply", a.cols(), a.rows(), b.rows(), b.cols(), c);
        if (a.rows() == 0) {
            launch("scale", c, beta, c);
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            sum(alpha, operand(arena, a, true), operand(arena, b, false), beta, c, a.rows());
        }
    }

    /// `C := alpha A B + beta C` where A is transposed and both are that many tokens high, as many
    /// of them at a time as may be summed at once.
    private void sum(float alpha, Operand a, Operand b, float beta, Matrix c, long tokens) {
        long step = type == Type.F32 ? tokens : SUMMED_TOKENS;
        for (long first = 0; first < tokens; first += step) {
            gpu.multiply(
                    c.rows(),
                    c.cols(),
                    Math.min(step, tokens - first),
                    alpha,
                    a.fromRow(first),
                    b.fromRow(first),
                    first == 0 ? beta : 1,
                    result(c));
        }
    }

    private void product(
            float alpha, Matrix a, Matrix b, boolean ofTransposedB, float beta, Matrix c) {
        if (a.cols() == 0) {
            launch("scale", c, beta, c);
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            gpu.multiply(
                    c.rows(),
                    c.cols(),
                    a.cols(),
                    alpha,
                    operand(arena, a, false),
                    operand(arena, b, ofTransposedB),
                    beta,
                    result(c));
        }
    }

    private static Operand result(Matrix c) {
        return new Operand(c.data().address(), Type.F32, c.stride(), false);
    }

    /// A matrix as products take it, rounded where they are to round.
    Operand operand(Arena arena, Matrix a, boolean transposed) {
        if (type == Type.F32) {
            return new Operand(a.data().address(), type, a.stride(), transposed);
        }
        long stride = Math.ceilDiv(a.cols(), HALVES_ALIGNMENT) * HALVES_ALIGNMENT;
        Matrix halves = gpu.scratch(arena, a.rows(), Math.max(stride / 2, 1));
        round(a, halves.data().address(), stride);
        return new Operand(halves.data().address(), type, stride, transposed);
    }

    private void round(Matrix a, long address, long stride) {
        boolean by4 =
                a.cols() % 4 == 0
                        && a.stride() % 4 == 0
                        && a.data().address() % (4 * Float.BYTES) == 0;
        long cols = by4 ? a.cols() / 4 : a.cols();
        ElementGrid grid = ElementGrid.of(a.rows(), cols);
        kernel(by4 ? "round_operand_by_4" : "round_operand")
                .launch(
                        grid.grid(),
                        a,
                        address,
                        stride,
                        a.rows(),
                        cols,
                        grid.shift(),
                        type == Type.BF16 ? 1 : 0);
    }

    private Kernel kernel(String name) {
        return gpu.kernel(MATRIX, name);
    }

    /// Launches an elementwise kernel over the elements of `shape`.
    private void launch(String name, Matrix shape, Object... arguments) {
        Elementwise.launch(kernel(name), shape, arguments);
    }

    @Override
    public void addScaled(float alpha, Matrix a, float beta, Matrix c) {
        Shapes.checkShape("addScaled", "A", a, c.rows(), c.cols());
        launch("add_scaled", c, alpha, a, beta, c);
    }

    @Override
    public double dot(Matrix a, Matrix b) {
        Shapes.checkShape("dot", "B", b, a.rows(), a.cols());
        ElementGrid grid = ElementGrid.of(a.rows(), a.cols());
        try (Arena arena = Arena.ofConfined()) {
            Matrix sums = gpu.scratch(arena, grid.blocks() + 1, 2);
            Matrix result = sums.rows(grid.blocks(), grid.blocks() + 1);
            kernel("dot")
                    .launch(
                            grid.grid(),
                            a,
                            b,
                            a.rows(),
                            a.cols(),
                            grid.shift(),
                            sums.data().address());
            kernel("total")
                    .launch(
                            Kernel.Grid.of(1, TILE_THREADS),
                            sums.data().address(),
                            grid.blocks(),
                            result.data().address());
            return gpu.readDouble(result);
        }
    }

    /// By strips of rows, each from its diagonal block on: a little more than the upper triangle.
    @Override
    public void addGramUpper(Matrix x, Matrix h) {
        Shapes.checkShape("addGramUpper", "H", h, x.cols(), x.cols());
        if (x.rows() == 0) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            Operand inputs = operand(arena, x, true);
            for (long top = 0; top < h.rows(); top += STRIP) {
                long height = Math.min(STRIP, h.rows() - top);
                Matrix strip = h.view(top, top, height, h.cols() - top);
                Operand right = inputs.fromColumn(top);
                sum(1, right, right.notTransposed(), 1, strip, x.rows());
            }
        }
    }

    @Override
    public void mirrorUpper(Matrix h) {
        Shapes.checkShape("mirrorUpper", "H", h, h.rows(), h.rows());
        long tiles = Math.ceilDiv(h.rows(), TILE);
        kernel("mirror_upper").launch(new Kernel.Grid(tiles, tiles, TILE_THREADS, 0), h, h.rows());
    }

    /// `B := A^T`.
    void transpose(Matrix a, Matrix b) {
        long across = Math.ceilDiv(a.cols(), TILE);
        kernel("transpose")
                .launch(
                        Kernel.Grid.of(Math.ceilDiv(a.rows(), TILE) * across, TILE_THREADS),
                        a,
                        b,
                        a.rows(),
                        a.cols(),
                        across);
    }
}
