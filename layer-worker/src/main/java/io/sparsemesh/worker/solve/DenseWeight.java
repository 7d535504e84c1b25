package io.sparsemesh.worker.solve;

import io.sparsemesh.checkpoint.CheckpointException;
import io.sparsemesh.checkpoint.Tensor;
import io.sparsemesh.engine.cache.OpenModel;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Loaded;
import io.sparsemesh.engine.matrix.Matrix;
import io.sparsemesh.engine.model.LinearDescription;
import java.lang.foreign.Arena;

/// The weights of a linear before it is pruned.
final class DenseWeight {

    private DenseWeight() {}

    /// W `[outputs x inputs]`, whichever way the file has it.
    ///
    /// @param scratch owns W
    /// @throws CheckpointException when a weight is not finite
    static Matrix load(
            Device device, Arena scratch, OpenModel model, LinearDescription linear, Tensor dense) {
        Loaded loaded = device.load(scratch, dense, linear.shape().get(0), linear.shape().get(1));
        dense.release();
        loaded.nonFinite()
                .ifPresent(
                        at -> {
                            throw new CheckpointException(
                                    model.folder().path().getFileName().toString(),
                                    linear.tensor(),
                                    "expected finite values, found another at [%d, %d]"
                                            .formatted(at.row(), at.col()));
                        });
        if (!linear.transposed()) {
            return loaded.matrix();
        }
        Matrix w = device.scratch(scratch, linear.outputs(), linear.inputs());
        device.pruning().transpose(loaded.matrix(), w);
        return w;
    }
}
