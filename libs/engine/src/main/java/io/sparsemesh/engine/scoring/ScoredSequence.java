package io.sparsemesh.engine.scoring;

import java.util.Arrays;

/// A sequence of tokens of which the last ones are scored, each given all before it.
///
/// @param ids at least two token ids, not to be changed
/// @param firstScored index of the first token that is scored, at least 1
public record ScoredSequence(int[] ids, int firstScored) {

    public ScoredSequence {
        if (firstScored < 1 || firstScored >= ids.length) {
            throw new IllegalArgumentException(
                    "sequence of %d tokens: expected the first scored one at 1 to %d, found %d"
                            .formatted(ids.length, ids.length - 1, firstScored));
        }
    }

    /// Tokens that go through the model: all but the last, of which nothing follows.
    int inputs() {
        return ids.length - 1;
    }

    /// Number of tokens that are scored.
    public int scored() {
        return ids.length - firstScored;
    }

    int[] inputIds() {
        return Arrays.copyOf(ids, inputs());
    }
}
