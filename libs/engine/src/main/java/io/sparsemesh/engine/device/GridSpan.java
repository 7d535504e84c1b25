package io.sparsemesh.engine.device;

/// The grid of one row, see [PruningOps#spanGrid].
record GridSpan(float scale, float zero) {

    /// @param low at most 0
    /// @param high at least 0
    static GridSpan of(float low, float high, int top) {
        boolean empty = low == 0 && high == 0;
        float from = empty ? -1 : low;
        float to = empty ? 1 : high;
        float scale = (to - from) / top;
        return new GridSpan(scale, (float) Math.rint(-from / scale));
    }
}
