package io.sparsemesh.worker.tensor;

import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.checkpoint.TensorSource;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.List;

/// Scales of quantised weights, beside them in an artifact.
public final class Scales {

    /// What their tensors' names end in, in place of the weights' `.weight`.
    public static final String SUFFIX = ".weight_scale";

    private Scales() {}

    /// The tensor `NAME.weight_scale`, `[rows, groups]`.
    ///
    /// @param arena owns the bytes to write
    /// @param scale `[groups x rows]` in memory of `device`, numbers of `dtype`
    public static TensorSource source(
            Device device, Arena arena, String name, Dtype dtype, Matrix scale) {
        Matrix byRow = Matrix.allocate(arena, scale.cols(), scale.rows());
        try (Arena scratch = Arena.ofShared()) {
            Matrix transposed = device.scratch(scratch, scale.cols(), scale.rows());
            device.pruning().transpose(scale, transposed);
            device.download(transposed, byRow);
        }
        return TensorSource.ofF32(
                name + SUFFIX, dtype, List.of(byRow.rows(), byRow.cols()), byRow.data());
    }
}
