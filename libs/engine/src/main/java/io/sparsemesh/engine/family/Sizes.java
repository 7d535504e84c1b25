package io.sparsemesh.engine.family;

import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.engine.model.BlockDescription;
import io.sparsemesh.engine.model.LinearDescription;
import io.sparsemesh.engine.model.ModelConfig;
import io.sparsemesh.engine.model.ModelDescription;
import io.sparsemesh.engine.model.WeightDescription;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/// The sizes of a model.
///
/// @param hidden columns of the hidden states
/// @param feedForward columns inside the feed-forward layers
/// @param vocabulary number of token ids
/// @param positions longest sequence the model was made for
/// @param blocks number of blocks
record Sizes(long hidden, long feedForward, long vocabulary, long positions, int blocks) {

    /// Reads them under their usual names.
    static Sizes read(ModelConfig config) {
        return new Sizes(
                config.size("hidden_size"),
                config.size("intermediate_size"),
                config.size("vocab_size"),
                config.size("max_position_embeddings", ModelDescription.UNLIMITED),
                config.count("num_hidden_layers"));
    }

    /// A model of these sizes without projections around its blocks.
    ///
    /// @param name of the family, for people
    /// @param type the config's `model_type`
    /// @param block describes a block by its index
    /// @param weights outside the blocks, the token embedding among them
    /// @param head the token embedding when tied
    ModelDescription describe(
            String name,
            String type,
            ModelFolder folder,
            IntFunction<BlockDescription> block,
            List<WeightDescription> weights,
            LinearDescription head) {
        List<BlockDescription> described = IntStream.range(0, blocks).mapToObj(block).toList();
        boolean tied = weights.stream().anyMatch(w -> w.tensor().equals(head.tensor()));
        return new ModelDescription(
                name,
                type,
                ModelDescription.dtype(folder, described),
                hidden,
                vocabulary,
                positions,
                described,
                List.of(),
                weights,
                head,
                tied);
    }
}
