package io.sparsemesh.engine.device;

import java.util.List;

/// How the heads of a layer attend.
///
/// @param length tokens of one sequence; the rows of the operands are whole sequences
/// @param scale factor of the dot products, usually `1 / sqrt(head size)`
/// @param slopes ALiBi's penalty per token of distance, one per query head; empty for none
/// @param window how many tokens a query sees, itself the last of them; [#ALL] for no limit
/// @param cap bound of the scaled dot products, `s := cap tanh(s / cap)`; 0 for none
public record Attention(long length, float scale, List<Float> slopes, long window, float cap) {

    /// [#window] of a query that sees all tokens before it.
    public static final long ALL = Long.MAX_VALUE;

    public Attention {
        slopes = List.copyOf(slopes);
        if (length < 1) {
            throw new IllegalArgumentException("attention: expected length >= 1, found " + length);
        }
        if (window < 1) {
            throw new IllegalArgumentException("attention: expected window >= 1, found " + window);
        }
        if (!(cap >= 0)) {
            throw new IllegalArgumentException("attention: expected cap >= 0, found " + cap);
        }
    }

    /// Over all tokens, without a cap.
    public Attention(long length, float scale, List<Float> slopes) {
        this(length, scale, slopes, ALL, 0);
    }

    /// The same with a window.
    public Attention within(long tokens) {
        return new Attention(length, scale, slopes, tokens, cap);
    }

    /// The same with a cap.
    public Attention capped(float bound) {
        return new Attention(length, scale, slopes, window, bound);
    }

    /// The first position that the query at `position` sees.
    public long firstSeen(long position) {
        return window > position ? 0 : position - window + 1;
    }
}
