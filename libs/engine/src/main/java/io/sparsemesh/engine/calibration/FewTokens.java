package io.sparsemesh.engine.calibration;

import io.sparsemesh.engine.model.InputGroup;
import io.sparsemesh.engine.solver.NumericalException;

/// What becomes of an expert that the router sends few calibration tokens. Its Gram matrix would be
/// that of a handful of inputs, and all zeros when there are none: pruning with it is blind.
///
/// A shard that sends an expert at least `minimum` tokens settles that it has enough. So the
/// statistics over every token are needed of those shards only that send it fewer, and where the
/// sum over all shards is below the minimum, every one of them has gathered them.
///
/// @param minimum tokens that are enough; 0 takes any number but none
/// @param remedy what is done otherwise
public record FewTokens(long minimum, Remedy remedy) {

    /// What is done with an expert that has too few tokens. Either way it is said.
    public enum Remedy {
        /// It is calibrated on every token that enters the experts of its block.
        EVERY_TOKEN,
        /// It is calibrated on those it has, if any.
        AS_THEY_ARE
    }

    /// As many tokens as columns in a block of the solver, and every token below that.
    public static final FewTokens DEFAULT = new FewTokens(128, Remedy.EVERY_TOKEN);

    public FewTokens {
        if (minimum < 0) {
            throw new IllegalArgumentException(
                    "minTokensPerExpert: expected at least 0, found " + minimum);
        }
    }

    /// Whether the sums over every token have to be gathered, too.
    ///
    /// @param tokens that got to the group in one shard
    public boolean needsEveryToken(InputGroup group, long tokens) {
        return remedy == Remedy.EVERY_TOKEN && isFew(group, tokens);
    }

    /// Whether a group has too few tokens.
    ///
    /// @param tokens that got to it in all shards
    public boolean isFew(InputGroup group, long tokens) {
        return group.routed() && tokens < Math.max(minimum, 1);
    }

    /// What is to be said of a group with too few tokens.
    ///
    /// @throws NumericalException naming `layer` when there is nothing to calibrate it on
    public String remark(String layer, long tokens) {
        String found =
                "%d calibration tokens of at least %d got to this expert"
                        .formatted(tokens, Math.max(minimum, 1));
        if (remedy == Remedy.EVERY_TOKEN) {
            return found + ": calibrated on every token";
        }
        if (tokens == 0) {
            throw new NumericalException(
                    layer, -1, 0, "calibration tokens: expected at least 1, found none");
        }
        return found + ": calibrated on these";
    }
}
