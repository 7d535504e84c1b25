package io.sparsemesh.engine.device;

/// The grid of one group of weights, see [PruningOps#spanGrid].
///
/// @param scale positive, however small the weights
public record GridSpan(float scale, float zero) {

    /// @param low at most 0
    /// @param high at least 0
    public static GridSpan of(float low, float high, GridShape shape) {
        boolean empty = low == 0 && high == 0;
        float from = empty ? -1 : low;
        float to = empty ? 1 : high;
        return shape.symmetric() ? symmetric(Math.max(-from, to), shape) : between(from, to, shape);
    }

    private static GridSpan between(float from, float to, GridShape shape) {
        float scale = positive((to - from) / shape.top());
        return new GridSpan(scale, (float) Math.rint(-from / scale));
    }

    private static GridSpan symmetric(float largest, GridShape shape) {
        float scale = positive(2 * largest / shape.top());
        return new GridSpan(scale, 1 << (shape.bits() - 1));
    }

    private static float positive(float scale) {
        return Math.max(scale, Float.MIN_NORMAL);
    }
}
