package io.sparsemesh.engine.device;

import java.util.List;

/// How the heads of a layer attend.
///
/// @param length tokens of one sequence; the rows of the operands are whole sequences
/// @param scale factor of the dot products, usually `1 / sqrt(head size)`
/// @param slopes ALiBi's penalty per token of distance, one per query head; empty for none
public record Attention(long length, float scale, List<Float> slopes) {

    public Attention {
        slopes = List.copyOf(slopes);
        if (length < 1) {
            throw new IllegalArgumentException("attention: expected length >= 1, found " + length);
        }
    }
}
