package io.sparsemesh.engine.device;

import io.sparsemesh.engine.matrix.Matrix;
import java.util.Arrays;

/// Drops weights of single rows by their saliency, with its scratch memory: one thread's. The
/// threshold of a group is found by sorting its saliencies, whose bits are in their order.
final class RowCut {

    private final float[] scale;
    private final Selection.PerGroup groups;
    private final float[] weights;
    private final int[] saliencies;
    private final int[] sorted;

    RowCut(float[] scale, Selection.PerGroup groups) {
        this.scale = scale;
        this.groups = groups;
        weights = new float[scale.length];
        saliencies = new int[scale.length];
        sorted = new int[scale.length];
    }

    /// Drops from row `r` of W.
    void drop(Matrix w, long r) {
        Rows.read(w, r, weights);
        for (int c = 0; c < scale.length; c++) {
            saliencies[c] = Cut.saliency(weights[c], scale[c]);
        }
        for (int from = 0; from < scale.length; from += groups.group()) {
            dropFrom(from, Math.min(from + groups.group(), scale.length));
        }
        Rows.write(weights, w, r);
    }

    private void dropFrom(int from, int to) {
        int count = Math.min(groups.drop(), to - from);
        if (count == 0) {
            return;
        }
        System.arraycopy(saliencies, from, sorted, from, to - from);
        Arrays.sort(sorted, from, to);
        int threshold = sorted[from + count - 1];
        int ties = count - below(threshold, from, to);
        for (int c = from; c < to; c++) {
            boolean tie = saliencies[c] == threshold;
            if (saliencies[c] < threshold || tie && ties-- > 0) {
                weights[c] = 0;
            }
        }
    }

    /// How many of the sorted saliencies are below the threshold.
    private int below(int threshold, int from, int to) {
        int i = from;
        while (i < to && sorted[i] < threshold) {
            i++;
        }
        return i - from;
    }
}
