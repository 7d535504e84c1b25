package io.sparsemesh.cuda;

import io.sparsemesh.cuda.driver.Kernel;
import io.sparsemesh.engine.device.Activation;
import io.sparsemesh.engine.device.Attention;
import io.sparsemesh.engine.device.Heads;
import io.sparsemesh.engine.device.NeuralOps;
import io.sparsemesh.engine.device.Shapes;
import io.sparsemesh.engine.device.TokenScores;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Kernels over rows of tokens.
record CudaNeuralOps(Gpu gpu, CudaAttention attention) implements NeuralOps {

    private static final int THREADS = 256;

    CudaNeuralOps(Gpu gpu, CudaBlas blas) {
        this(gpu, new CudaAttention(gpu, blas.type()));
    }

    private Kernel kernel(String name) {
        return gpu.kernel("neural.cu", name);
    }

    /// Launches an elementwise kernel over the elements of `shape`.
    private void launch(String name, Matrix shape, Object... arguments) {
        Elementwise.launch(kernel(name), shape, arguments);
    }

    /// A block for each row of a matrix.
    private static Kernel.Grid blockPerRow(Matrix x) {
        return Kernel.Grid.of(x.rows(), THREADS);
    }

    @Override
    public void layerNorm(Matrix x, Matrix weight, Matrix bias, float epsilon, Matrix y) {
        Shapes.checkNorm("layerNorm", x, weight, y);
        Shapes.checkShape("layerNorm", "bias", bias, 1, x.cols());
        kernel("layer_norm").launch(blockPerRow(x), x, weight, bias, epsilon, y, x.cols());
    }

    @Override
    public void rmsNorm(Matrix x, Matrix weight, float epsilon, Matrix y) {
        Shapes.checkNorm("rmsNorm", x, weight, y);
        kernel("rms_norm").launch(blockPerRow(x), x, weight, epsilon, y, x.cols());
    }

    @Override
    public void add(Matrix x, Matrix y) {
        Shapes.checkRepeated("add", x, y);
        launch("add", y, x, x.rows(), y);
    }

    @Override
    public void multiply(Matrix x, Matrix y) {
        Shapes.checkShape("multiply", "x", x, y.rows(), y.cols());
        launch("multiply", y, x, y);
    }

    @Override
    public void activate(Activation f, Matrix x) {
        launch("activate", x, code(f), x);
    }

    /// How the kernel names it.
    private static int code(Activation f) {
        return switch (f) {
            case RELU -> 0;
            case SILU -> 1;
            case GELU -> 2;
            case GELU_TANH -> 3;
            case GELU_SIGMOID -> 4;
            case TANH -> 5;
        };
    }

    @Override
    public void softCap(float cap, Matrix x) {
        Shapes.checkCap(cap);
        launch("soft_cap", x, cap, x);
    }

    @Override
    public void rotate(Matrix cos, Matrix sin, Heads x) {
        rotate(cos, sin, x, 1, cos.cols());
    }

    @Override
    public void rotatePairs(Matrix cos, Matrix sin, Heads x) {
        rotate(cos, sin, x, 2, 1);
    }

    /// Pair i is the columns `i * step` and `i * step + distance`.
    private void rotate(Matrix cos, Matrix sin, Heads x, long step, long distance) {
        Shapes.checkRotation(cos, sin, x);
        try (Arena arena = Arena.ofConfined()) {
            HeadColumns columns = HeadColumns.of(gpu, arena, x);
            long rows = x.data().rows();
            long pairs = x.count() * cos.cols();
            ElementGrid grid = ElementGrid.of(rows, pairs);
            kernel("rotate")
                    .launch(
                            grid.grid(),
                            cos,
                            sin,
                            cos.rows(),
                            x.data(),
                            columns.list(),
                            columns.first(),
                            columns.spacing(),
                            Math.toIntExact(cos.cols()),
                            step,
                            distance,
                            rows,
                            pairs,
                            grid.shift());
        }
    }

    @Override
    public void attention(Attention options, Heads q, Heads k, Heads v, Matrix out) {
        Shapes.checkAttention(options, q, k, v, out);
        attention.run(options, q, k, v, out);
    }

    private long uploaded(Arena arena, MemorySegment host) {
        return gpu.uploaded(arena, host).data().address();
    }

    @Override
    public void gather(Matrix table, int[] rows, Matrix out) {
        Shapes.checkGather(table, rows, out);
        try (Arena arena = Arena.ofConfined()) {
            launch("gather", out, table, uploaded(arena, MemorySegment.ofArray(rows)), out);
        }
    }

    @Override
    public void scatterAdd(Matrix x, int[] rows, float[] factors, Matrix y) {
        Shapes.checkScatter(x, rows, factors, y);
        try (Arena arena = Arena.ofConfined()) {
            launch(
                    "scatter_add",
                    x,
                    x,
                    uploaded(arena, MemorySegment.ofArray(rows)),
                    uploaded(arena, MemorySegment.ofArray(factors)),
                    y);
        }
    }

    @Override
    public TokenScores score(Matrix logits, int[] targets) {
        Shapes.checkTargets(logits, targets);
        try (Arena arena = Arena.ofConfined()) {
            DeviceScores scores = DeviceScores.allocate(gpu, arena, targets.length);
            kernel("score")
                    .launch(
                            blockPerRow(logits),
                            logits,
                            Math.toIntExact(logits.cols()),
                            uploaded(arena, MemorySegment.ofArray(targets)),
                            scores.memory().data().address());
            return scores.download(targets);
        }
    }
}
