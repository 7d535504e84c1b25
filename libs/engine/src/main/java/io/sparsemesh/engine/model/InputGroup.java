package io.sparsemesh.engine.model;

import java.util.List;

/// The linear layers of a block that are fed by the same activations, and so share one Gram matrix.
///
/// @param name unique in the block and the same in every block, such as [#ATTENTION_INPUT]
/// @param linears in the order of the model, at least one, all with the same inputs
/// @param routed whether only those tokens get here that a router sends, those of one expert
public record InputGroup(String name, List<LinearDescription> linears, boolean routed) {

    public static final String ATTENTION_INPUT = "attention-input";
    public static final String ATTENTION_OUTPUT = "attention-output";

    /// Of blocks whose attention and feed-forward start from the same activations.
    public static final String BLOCK_INPUT = "block-input";

    public static final String MLP_INPUT = "mlp-input";
    public static final String MLP_OUTPUT = "mlp-output";

    public InputGroup {
        linears = List.copyOf(linears);
        if (linears.stream().mapToLong(LinearDescription::inputs).distinct().count() != 1) {
            throw new IllegalArgumentException(
                    "group %s: expected linears with equal inputs, found %s"
                            .formatted(name, linears));
        }
    }

    /// A group that every token gets to.
    public InputGroup(String name, List<LinearDescription> linears) {
        this(name, linears, false);
    }

    public static InputGroup of(String name, LinearDescription... linears) {
        return new InputGroup(name, List.of(linears));
    }

    /// Features of the shared activations.
    public long inputs() {
        return linears.getFirst().inputs();
    }
}
