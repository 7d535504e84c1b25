package io.sparsemesh.engine.model;

import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.checkpoint.Tensor;
import io.sparsemesh.engine.matrix.Matrix;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// Weights that stand in for a checkpoint's, such as pruned ones not yet assembled.
@FunctionalInterface
public interface WeightOverrides {

    /// The checkpoint as it is.
    WeightOverrides NONE = tensor -> Optional.empty();

    /// The replacement of the named tensor: same shape, any of F32, F16 and BF16, readable while
    /// blocks are loaded.
    Optional<Tensor> replacement(String tensor);

    static WeightOverrides of(Map<String, Tensor> tensors) {
        return tensor -> Optional.ofNullable(tensors.get(tensor));
    }

    /// Replacements in host memory, without gaps between rows, in the layout of the file.
    static WeightOverrides ofMatrices(Map<String, Matrix> matrices) {
        return of(
                matrices.entrySet().stream()
                        .collect(
                                Collectors.toMap(
                                        Map.Entry::getKey, e -> tensor(e.getKey(), e.getValue()))));
    }

    private static Tensor tensor(String name, Matrix matrix) {
        if (!matrix.isDense()) {
            throw new IllegalArgumentException(name + ": expected rows without gaps");
        }
        List<Long> shape = List.of(matrix.rows(), matrix.cols());
        long bytes = matrix.rows() * matrix.cols() * Float.BYTES;
        return new Tensor(name, Dtype.F32, shape, matrix.data().asSlice(0, bytes));
    }
}
