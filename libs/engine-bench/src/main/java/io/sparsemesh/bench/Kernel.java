package io.sparsemesh.bench;

import java.util.function.ToDoubleFunction;

/// An operation of the engine that is measured by itself, on matrices of one size n; public because
/// JMH's generated code names it.
public enum Kernel {
    /// `C := A B`, `[n x n]` each.
    PRODUCT(KernelProblem::product, n -> 2.0 * n * n * n),
    /// `H := H + X^T X`, X `[4096 x n]`; both triangles, of which one is computed.
    GRAM(KernelProblem::gram, n -> (double) KernelProblem.TOKENS * n * n),
    /// `Y := X W^T`, X `[2048 x n]`: a linear layer.
    LINEAR(KernelProblem::linear, n -> (double) KernelProblem.TOKENS * n * n),
    /// Layer norm of 2048 tokens of n features.
    LAYER_NORM(KernelProblem::layerNorm, n -> 0),
    /// `H = R R^T`.
    FACTOR(KernelProblem::factor, n -> 1.0 / 3 * n * n * n),
    /// The inner loop on one block of 128 columns and n rows, half of its weights going.
    PRUNE_UNSTRUCTURED(KernelProblem::pruneUnstructured, n -> KernelProblem.pruneFlops(n)),
    /// The same, two of each four weights going.
    PRUNE_GROUPS(KernelProblem::pruneGroups, n -> KernelProblem.pruneFlops(n)),
    /// `B := A^T`.
    TRANSPOSE(KernelProblem::transpose, n -> 0),
    /// Causal attention of four sequences of 512 tokens, n / 64 heads; half of the products.
    ATTENTION(KernelProblem::attention, n -> 2.0 * KernelProblem.TOKENS / 2 * 512 * n);

    private final ToDoubleFunction<KernelProblem> work;
    private final ToDoubleFunction<Integer> flops;

    Kernel(ToDoubleFunction<KernelProblem> work, ToDoubleFunction<Integer> flops) {
        this.work = work;
        this.flops = flops;
    }

    /// Runs once.
    ///
    /// @return an element of the result
    double run(KernelProblem problem) {
        return work.applyAsDouble(problem);
    }

    /// Operations that one run cannot do without, 0 where it only moves data.
    double flops(int n) {
        return flops.applyAsDouble(n);
    }
}
