package io.sparsemesh.contracts.model;

import java.util.List;

/// What a planner needs to know of a model: all its blocks have the same shape.
///
/// @param modelType `model_type` of config.json
/// @param family name of the implementation that serves it
/// @param dtype dtype of the linears' weights in the checkpoint: `F32`, `F16` or `BF16`
/// @param hidden width of the hidden states between blocks
/// @param vocabulary rows of the token embedding
/// @param maxPositions longest sequence the model accepts; [Integer#MAX_VALUE] if unbounded
/// @param blocks number of transformer blocks
/// @param groups the linears of one block by shared input, names with `{b}`
/// @param otherLinears linears outside the blocks that are never pruned unless named, `lm_head`
/// @param checkpointBytes sum of all tensors' bytes
public record Architecture(
        String modelType,
        String family,
        String dtype,
        long hidden,
        long vocabulary,
        int maxPositions,
        int blocks,
        List<InputGroup> groups,
        List<String> otherLinears,
        long checkpointBytes) {

    public Architecture {
        groups = List.copyOf(groups);
        otherLinears = List.copyOf(otherLinears);
    }

    public int elementBytes() {
        return dtype.equals("F32") ? 4 : 2;
    }

    /// Linears in all blocks.
    public int linears() {
        return blocks * groups.stream().mapToInt(g -> g.linears().size()).sum();
    }
}
