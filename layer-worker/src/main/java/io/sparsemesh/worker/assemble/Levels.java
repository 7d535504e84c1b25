package io.sparsemesh.worker.assemble;

import io.sparsemesh.worker.tensor.WeightBits;

/// The different weights of a group, as far as there may be.
final class Levels {

    private final WeightBits bits;
    private final int[] found;
    private int count;

    /// @param limit how many there may be
    Levels(WeightBits bits, int limit) {
        this.bits = bits;
        found = new int[limit];
    }

    void clear() {
        count = 0;
    }

    /// @return false when it is one too many
    boolean add(long element) {
        int level = bits.bits(element);
        for (int i = 0; i < count; i++) {
            if (found[i] == level) {
                return true;
            }
        }
        if (count == found.length) {
            return false;
        }
        found[count++] = level;
        return true;
    }
}
