package io.sparsemesh.engine.family;

import io.sparsemesh.engine.device.Attention;
import io.sparsemesh.engine.matrix.Matrix;
import io.sparsemesh.engine.model.ModelConfig;
import io.sparsemesh.engine.model.Pass;
import java.util.List;

/// The heads of an attention layer.
///
/// @param queries number of query heads
/// @param keyValues number of key heads and of value heads, a divisor of `queries`
/// @param size columns of one head
record HeadLayout(int queries, int keyValues, long size) {

    /// Reads `num_attention_heads`, `num_key_value_heads` (as many when missing) and `head_dim`
    /// (the hidden size by the heads when missing).
    ///
    /// @throws io.sparsemesh.checkpoint.CheckpointException when one does not divide another, or
    ///     the size is odd
    static HeadLayout read(ModelConfig config, long hidden) {
        String key = "num_attention_heads";
        int heads =
                config.has("head_dim") ? config.count(key) : Dimensions.heads(config, key, hidden);
        long size = config.size("head_dim", hidden / heads);
        if (size % 2 != 0) {
            throw config.invalid("head_dim", "an even head size for rotation", size);
        }
        return new HeadLayout(heads, keyValues(config, "num_key_value_heads", heads), size);
    }

    /// Reads the number of key and value heads, as many as `heads` when missing.
    static int keyValues(ModelConfig config, String key, int heads) {
        int keyValues = config.has(key) ? config.count(key) : heads;
        if (heads % keyValues != 0) {
            throw config.invalid(key, "a divisor of the " + heads + " heads", keyValues);
        }
        return keyValues;
    }

    /// As many keys as queries, filling the hidden size.
    ///
    /// @param key where the config has their number
    static HeadLayout even(ModelConfig config, String key, long hidden) {
        int heads = Dimensions.heads(config, key, hidden);
        return new HeadLayout(heads, heads, hidden / heads);
    }

    /// Columns of all queries.
    long queryColumns() {
        return queries * size;
    }

    /// Columns of all keys, and of all values.
    long keyColumns() {
        return keyValues * size;
    }

    /// Columns of queries, keys and values together.
    long columns() {
        return queryColumns() + 2 * keyColumns();
    }

    /// Attention over all tokens, scaled by `1 / sqrt(size)`.
    Attention attention(Pass pass) {
        return new Attention(pass.length(), (float) (1 / Math.sqrt(size)), List.of());
    }

    /// The heads of a dense projection one below the other, `[tokens * heads x size]`.
    Matrix rows(Matrix projection) {
        return Matrix.of(projection.data(), projection.rows() * projection.cols() / size, size);
    }
}
