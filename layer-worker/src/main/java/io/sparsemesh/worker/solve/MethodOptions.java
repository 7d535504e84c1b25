package io.sparsemesh.worker.solve;

import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.contracts.job.Method;
import io.sparsemesh.contracts.job.Quantization;
import io.sparsemesh.contracts.job.Refit;
import io.sparsemesh.engine.solver.Quantisation;
import io.sparsemesh.engine.solver.RefitOptions;
import io.sparsemesh.engine.solver.SolverOptions;
import io.sparsemesh.engine.solver.Sparsity;

/// A job's method in the engine's words.
final class MethodOptions {

    private MethodOptions() {}

    /// @param target of the linears to be pruned
    /// @param dtype of their weights in the checkpoint
    static SolverOptions of(
            Method method, io.sparsemesh.contracts.job.Sparsity target, Dtype dtype) {
        SolverOptions options =
                SolverOptions.of(sparsity(target)).withExactCount(method.exactCount());
        return method.name().isCompensating()
                ? options.withBlockSize(method.blockSize())
                        .withDamping(method.damping())
                        .withQuantisation(quantisation(method.quantization(), dtype))
                : options;
    }

    static RefitOptions refit(Refit refit) {
        return new RefitOptions(
                refit.needsDense() ? refit.mix() : 0,
                refit.iterations(),
                refit.tolerance(),
                refit.reselections());
    }

    private static Sparsity sparsity(io.sparsemesh.contracts.job.Sparsity target) {
        return switch (target) {
            case io.sparsemesh.contracts.job.Sparsity.Unstructured(double share) ->
                    new Sparsity.Unstructured(share);
            case io.sparsemesh.contracts.job.Sparsity.NOutOfM(int n, int m) ->
                    new Sparsity.NOutOfM(n, m);
        };
    }

    /// Scales of symmetric grids can be written into a file, and so are numbers of its type.
    /// Asymmetric grids are those of the paper's code, whose scales are F32.
    private static Quantisation quantisation(Quantization asked, Dtype dtype) {
        if (asked == null) {
            return Quantisation.NONE;
        }
        Dtype scales = asked.symmetric() ? dtype : Dtype.F32;
        return new Quantisation.Grid(asked.bits(), asked.symmetric(), asked.groupSize(), scales);
    }
}
