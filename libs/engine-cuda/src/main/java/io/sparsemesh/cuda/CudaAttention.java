package io.sparsemesh.cuda;

import io.sparsemesh.cuda.HeadOperand.Products;
import io.sparsemesh.cuda.cublas.Operand;
import io.sparsemesh.cuda.cublas.Type;
import io.sparsemesh.cuda.driver.Kernel;
import io.sparsemesh.engine.device.Attention;
import io.sparsemesh.engine.device.Heads;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// Causal attention on the GPU: for many heads and sequences at once, two products with a softmax
/// between them. Queries are taken in strips, so that keys in the future of a whole strip cost
/// nothing, nor do those before its window.
///
/// Where `type` is F16 or BF16, both products have operands of that type, the softmax too.
///
/// @param queries of a strip
/// @param scoreBytes memory for scores, exceeded only where a strip of one head needs more
record CudaAttention(Gpu gpu, Type type, long queries, long scoreBytes) {

    /// Enough for the products to be efficient.
    private static final long QUERIES = 512;

    private static final long SCORE_BYTES = 2L << 30;

    /// Of one call of cuBLAS, which takes some tens of thousands.
    private static final long MOST_PRODUCTS = 1 << 15;

    /// F32 scores of a row begin at a multiple of 16 bytes, and so do halves in their place.
    private static final long ALIGNED = 4;

    private static final int WARP = 32;
    private static final int MOST_THREADS = 128;

    CudaAttention(Gpu gpu, Type type) {
        this(gpu, type, QUERIES, SCORE_BYTES);
    }

    /// The operands of a layer.
    ///
    /// @param slopes address of ALiBi's slopes, 0 for none
    /// @param sizeOfV columns of a head of v
    private record Layer(
            Attention options,
            HeadOperand q,
            HeadOperand k,
            HeadOperand v,
            HeadOperand out,
            long slopes,
            long sizeOfQ,
            long sizeOfV) {

        long heads() {
            return q.columns().count();
        }
    }

    /// The queries of each sequence from `from` to `to` and the keys from `seen` to `to`.
    private record Strip(long from, long to, long seen) {
        long height() {
            return to - from;
        }

        long width() {
            return to - seen;
        }

        /// Distance of two rows of scores.
        long stride() {
            return Math.ceilDiv(width(), ALIGNED) * ALIGNED;
        }
    }

    void run(Attention options, Heads q, Heads k, Heads v, Matrix out) {
        long products = out.rows() / options.length() * q.count();
        if (products == 0) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            Layer layer = layer(arena, options, q, k, v, out);
            for (long from = 0; from < options.length(); from += queries) {
                long to = Math.min(from + queries, options.length());
                run(layer, new Strip(from, to, options.firstSeen(from)), products);
            }
        }
    }

    private Layer layer(Arena arena, Attention options, Heads q, Heads k, Heads v, Matrix out) {
        Type operands = isAligned(out, v.size()) ? type : Type.F32;
        return new Layer(
                options,
                HeadOperand.of(gpu, arena, q, operands),
                HeadOperand.of(gpu, arena, k, operands),
                HeadOperand.of(gpu, arena, v, operands),
                HeadOperand.of(gpu, arena, Heads.adjacent(out, q.count()), Type.F32),
                slopes(arena, options.slopes()),
                q.size(),
                v.size());
    }

    /// Whether each head of `out` begins at a multiple of 16 bytes: products of 2-byte operands
    /// write so many at once. Models whose heads are that odd are small.
    private static boolean isAligned(Matrix out, long size) {
        return out.data().address() % 16 == 0 && out.stride() % ALIGNED == 0 && size % ALIGNED == 0;
    }

    private long slopes(Arena arena, List<Float> slopes) {
        if (slopes.isEmpty()) {
            return 0;
        }
        float[] values = new float[slopes.size()];
        for (int h = 0; h < values.length; h++) {
            values[h] = slopes.get(h);
        }
        return gpu.uploaded(arena, MemorySegment.ofArray(values)).data().address();
    }

    private void run(Layer layer, Strip strip, long products) {
        long bytes = strip.height() * strip.stride() * Float.BYTES;
        long most = Math.clamp(scoreBytes / bytes, 1, MOST_PRODUCTS);
        for (long begin = 0; begin < products; begin += most) {
            long count = Math.min(most, products - begin);
            Attention options = layer.options();
            run(layer, strip, new Products(begin, count, layer.heads(), options.length()));
        }
    }

    /// `S = scale Q K^T`, its softmax P in the same memory, `P V`.
    private void run(Layer layer, Strip strip, Products products) {
        try (Arena arena = Arena.ofConfined()) {
            long rows = products.count() * strip.height();
            Matrix scores = gpu.scratch(arena, rows, strip.stride());
            Operand s = scores(arena, scores, strip, products);
            multiply(
                    strip.height(),
                    strip.width(),
                    layer.sizeOfQ(),
                    layer.options().scale(),
                    layer.q().of(arena, products, strip.from()),
                    transposed(layer.k().of(arena, products, strip.seen())),
                    s,
                    products);
            attend(layer, strip, products, scores);
            multiply(
                    strip.height(),
                    layer.sizeOfV(),
                    strip.width(),
                    1,
                    weights(s, layer.v().type()),
                    layer.v().of(arena, products, strip.seen()),
                    layer.out().of(arena, products, strip.from()),
                    products);
        }
    }

    private Operand scores(Arena arena, Matrix scores, Strip strip, Products products) {
        return new HeadOperand(
                        gpu,
                        scores.data().address(),
                        Type.F32,
                        strip.stride(),
                        HeadColumns.adjacent(0, 1))
                .of(arena, new Products(0, products.count(), 1, strip.height()), 0);
    }

    private static Operand transposed(Operand a) {
        return new Operand(a.address(), a.type(), a.stride(), true);
    }

    /// The softmax where the scores were.
    private static Operand weights(Operand scores, Type type) {
        long stride = scores.stride() * Float.BYTES / type.bytes();
        return new Operand(scores.address(), type, stride, false);
    }

    private void multiply(
            long m,
            long n,
            long k,
            float alpha,
            Operand a,
            Operand b,
            Operand c,
            Products products) {
        int count = Math.toIntExact(products.count());
        gpu.cublas().multiplyEach(m, n, k, alpha, a, b, 0, c, count);
    }

    private void attend(Layer layer, Strip strip, Products products, Matrix scores) {
        gpu.kernel("attention.cu", "attend")
                .launch(
                        Kernel.Grid.of(scores.rows(), threads(strip)),
                        scores,
                        Math.toIntExact(strip.height()),
                        Math.toIntExact(strip.width()),
                        strip.from(),
                        strip.seen(),
                        layer.options().window(),
                        layer.options().cap(),
                        layer.slopes(),
                        products.begin(),
                        products.heads(),
                        code(layer.v().type()));
    }

    /// As many as have something to do.
    private static int threads(Strip strip) {
        return (int) Math.clamp(Math.ceilDiv(strip.width(), WARP) * WARP, WARP, MOST_THREADS);
    }

    /// How the kernel names the type of its result.
    private static int code(Type type) {
        return switch (type) {
            case F32 -> 0;
            case F16 -> 1;
            case BF16 -> 2;
            case F64 -> throw new IllegalArgumentException("attention with operands in F64");
        };
    }
}
