package io.sparsemesh.engine.device;

/// Where a block is cut: what has a saliency below the threshold goes, and so does what has exactly
/// it, up to and including the weight at `(lastRow, lastCol)` in the order of rows, then columns.
///
/// @param bits the threshold as the bits of a float: saliencies are not negative, so their bits
///     are in their order; -1 is below them all
/// @param lastRow row of W of the last weight that goes with exactly this saliency
/// @param lastCol its column in the block
record Cut(int bits, long lastRow, int lastCol) {

    static final Cut NOTHING = new Cut(-1, Long.MAX_VALUE, Integer.MAX_VALUE);

    static Cut upTo(int bits) {
        return new Cut(bits, Long.MAX_VALUE, Integer.MAX_VALUE);
    }

    /// The bits of the saliency `|v * scale|`.
    static int saliency(float v, float scale) {
        return Float.floatToRawIntBits(v * scale) & Integer.MAX_VALUE;
    }

    /// The same cut for the columns from `left` on, counted from there.
    Cut after(long left) {
        return takesTies() ? this : new Cut(bits, lastRow, Math.toIntExact(lastCol - left));
    }

    /// Whether all weights with exactly the threshold's saliency go.
    boolean takesTies() {
        return lastRow == Long.MAX_VALUE;
    }

    boolean takes(int saliency, long row, int col) {
        return saliency < bits
                || saliency == bits && (row < lastRow || row == lastRow && col <= lastCol);
    }
}
