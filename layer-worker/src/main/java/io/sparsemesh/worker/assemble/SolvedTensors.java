package io.sparsemesh.worker.assemble;

import io.sparsemesh.checkpoint.Tensor;
import io.sparsemesh.worker.tensor.Scales;
import java.util.Map;
import java.util.TreeMap;

/// What the solve tasks of a job wrote.
///
/// @param weights pruned, by their names in the checkpoint
/// @param scales of those that are quantised symmetrically, by the linears' names
record SolvedTensors(Map<String, Tensor> weights, Map<String, Tensor> scales) {

    static SolvedTensors of(Map<String, Tensor> tensors) {
        Map<String, Tensor> weights = new TreeMap<>();
        Map<String, Tensor> scales = new TreeMap<>();
        tensors.forEach(
                (name, tensor) -> {
                    if (name.endsWith(Scales.SUFFIX)) {
                        int end = name.length() - Scales.SUFFIX.length();
                        scales.put(name.substring(0, end), tensor);
                    } else {
                        weights.put(name, tensor);
                    }
                });
        return new SolvedTensors(weights, scales);
    }
}
