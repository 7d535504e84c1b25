package io.sparsemesh.engine.family;

import io.sparsemesh.engine.model.LinearDescription;
import io.sparsemesh.engine.model.ModelConfig;
import java.util.List;

/// Readings of a config that most families share.
final class Dimensions {

    private Dimensions() {}

    /// A number of heads that divides the hidden size.
    ///
    /// @throws io.sparsemesh.checkpoint.CheckpointException when it does not
    static int heads(ModelConfig config, String key, long hidden) {
        int heads = config.count(key);
        if (hidden % heads != 0) {
            throw config.invalid(key, "a divisor of the hidden size " + hidden, heads);
        }
        return heads;
    }

    /// Refuses a flag that is set.
    static void refuse(ModelConfig config, String flag) {
        if (config.flag(flag, false)) {
            throw config.unsupported(config.modelType(), flag, true, List.of("false"));
        }
    }

    /// The layer that makes the logits: the token embedding when tied, `lm_head` otherwise.
    static LinearDescription head(boolean tied, String embedding, long hidden, long vocabulary) {
        String tensor = tied ? embedding : "lm_head.weight";
        return new LinearDescription(tensor, hidden, vocabulary, false, false);
    }
}
