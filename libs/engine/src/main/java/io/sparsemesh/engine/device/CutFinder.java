package io.sparsemesh.engine.device;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Finds the saliency of a given rank by selection, not sorting: saliencies are not negative, so
/// their order is that of their bits, which are found 11, 10 and 10 at a time from histograms.
/// Histograms are counts, so the order in which the threads add theirs up does not matter.
final class CutFinder {

    private static final int[] SHIFTS = {20, 10, 0};
    private static final int[] WIDTHS = {11, 10, 10};
    private static final int ROWS = 128;

    private final Tiles tiles;
    private final int[][] histograms;

    CutFinder(Tiles tiles) {
        this.tiles = tiles;
        histograms = new int[tiles.threads()][1 << WIDTHS[0]];
    }

    /// @param v `[b x rows]`
    /// @param scale of each of the b rows of `v`; saliencies are `|v * scale|`
    Cut find(Matrix v, float[] scale, Selection.Smallest selection) {
        long size = v.rows() * v.cols();
        if (size == 0 || selection.exact() && selection.count() == 0) {
            return Cut.NOTHING;
        }
        long rank = selection.exact() ? selection.count() - 1 : selection.count();
        int prefix = 0;
        long left = Math.min(rank, size - 1);
        long equal = 0;
        for (int digit = 0; digit < SHIFTS.length; digit++) {
            int[] histogram = histogram(v, scale, digit, prefix);
            int bucket = 0;
            while (left >= histogram[bucket]) {
                left -= histogram[bucket++];
            }
            prefix = prefix << WIDTHS[digit] | bucket;
            equal = histogram[bucket];
        }
        boolean allTies = !selection.exact() || left + 1 == equal;
        return allTies ? Cut.upTo(prefix) : lastTie(v, scale, prefix, left);
    }

    private int[] histogram(Matrix v, float[] scale, int digit, int prefix) {
        for (int[] histogram : histograms) {
            Arrays.fill(histogram, 0);
        }
        Split split = Split.of(v.cols(), ROWS, 16);
        tiles.forEach(
                split.pieces(),
                (tile, worker) -> {
                    int length = (int) (split.to(tile) - split.from(tile));
                    for (int c = 0; c < scale.length; c++) {
                        MemorySegment row = v.view(c, split.from(tile), 1, length).data();
                        count(row, length, scale[c], digit, prefix, histograms[worker]);
                    }
                });
        for (int worker = 1; worker < histograms.length; worker++) {
            for (int bucket = 0; bucket < histograms[0].length; bucket++) {
                histograms[0][bucket] += histograms[worker][bucket];
            }
        }
        return histograms[0];
    }

    private static void count(
            MemorySegment row, int length, float scale, int digit, int prefix, int[] histogram) {
        int shift = SHIFTS[digit];
        int width = WIDTHS[digit];
        int mask = (1 << width) - 1;
        for (int r = 0; r < length; r++) {
            int bits = Cut.saliency(row.getAtIndex(JAVA_FLOAT, r), scale);
            if (digit == 0 || bits >>> (shift + width) == prefix) {
                histogram[bits >>> shift & mask]++;
            }
        }
    }

    /// The cut at tie number `tie`, counted from 0 by rows, then columns.
    private static Cut lastTie(Matrix v, float[] scale, int threshold, long tie) {
        long seen = 0;
        for (long row = 0; row < v.cols(); row++) {
            for (int c = 0; c < scale.length; c++) {
                if (Cut.saliency(v.get(c, row), scale[c]) == threshold && seen++ == tie) {
                    return new Cut(threshold, row, c);
                }
            }
        }
        throw new IllegalStateException("tie " + tie + " of " + seen);
    }
}
