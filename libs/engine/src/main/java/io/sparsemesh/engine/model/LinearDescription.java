package io.sparsemesh.engine.model;

import java.util.List;

/// A linear layer of a checkpoint: `y = W x`, or `y = W x + b`.
///
/// @param tensor name of the weight in the file, such as
///     `model.decoder.layers.0.self_attn.q_proj.weight`
/// @param inputs columns of W as a matrix that multiplies a column vector
/// @param outputs rows of W
/// @param transposed whether the file holds W^T, `[inputs, outputs]` (GPT-2's Conv1D)
/// @param biased whether a bias of `outputs` elements is added
public record LinearDescription(
        String tensor, long inputs, long outputs, boolean transposed, boolean biased) {

    private static final String WEIGHT = ".weight";

    public LinearDescription {
        if (!tensor.endsWith(WEIGHT)) {
            throw new IllegalArgumentException("expected a name in '.weight', found " + tensor);
        }
    }

    /// A layer `[outputs, inputs]` as in PyTorch's `Linear`.
    ///
    /// @param name name of the layer, without `.weight`
    public static LinearDescription of(String name, long inputs, long outputs, boolean biased) {
        return new LinearDescription(name + WEIGHT, inputs, outputs, false, biased);
    }

    /// A layer `[inputs, outputs]` as in GPT-2's `Conv1D`.
    public static LinearDescription conv1d(String name, long inputs, long outputs) {
        return new LinearDescription(name + WEIGHT, inputs, outputs, true, true);
    }

    /// Name of the layer: the tensor's without `.weight`.
    public String name() {
        return tensor.substring(0, tensor.length() - WEIGHT.length());
    }

    /// Name of the bias tensor, meaningful when there is one.
    public String biasTensor() {
        return name() + ".bias";
    }

    /// Shape of the weight in the file.
    public List<Long> shape() {
        return transposed ? List.of(inputs, outputs) : List.of(outputs, inputs);
    }

    /// Number of weights, the bias not counted.
    public long weights() {
        return inputs * outputs;
    }
}
