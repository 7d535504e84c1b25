// Magnitude pruning of a transposed matrix. CPU reference: NaivePruningOps.dropSmallest. Stands
// behind cut.cu.

// W := 0 where the cut says so, W [cols x rows].
extern "C" __global__ void drop_below(float* w, long stride, const Cut* where, long rows, long cols, int shift) {
    Cut cut = *where;
    // The elements of W row by row are those of a matrix [cols x rows].
    FOR_EACH_ELEMENT(row, col) {
        float* at = w + row * stride + col;
        if (goes(cut, saliency(*at, 1.0f), col, row)) {
            *at = 0;
        }
    }
}

// Of each `group` elements down a column of W [cols x rows] the `drop` smallest become 0, ties by
// the lowest; a thread a group.
extern "C" __global__ void drop_of_groups(float* w, long stride, long rows, long cols, int drop, long group) {
    long row = (long)blockIdx.x * blockDim.x + threadIdx.x;
    long from = (long)blockIdx.y * group;
    long to = min(from + group, cols);
    if (row >= rows) {
        return;
    }
    for (long c = from; c < to; c++) {
        if (w[c * stride + row] == 0) {
            w[c * stride + row] = 0;  // not -0
        }
    }
    for (int n = 0; n < drop && n < to - from; n++) {
        long smallest = -1;
        int least = 0;
        for (long c = from; c < to; c++) {
            int bits = __float_as_int(w[c * stride + row]);
            // Those that went are marked by -0.
            if (bits == (int)0x80000000) {
                continue;
            }
            bits &= 0x7fffffff;
            if (smallest < 0 || bits < least) {
                smallest = c;
                least = bits;
            }
        }
        if (smallest >= 0) {
            w[smallest * stride + row] = __int_as_float(0x80000000);
        }
    }
    for (long c = from; c < to; c++) {
        if (w[c * stride + row] == 0) {
            w[c * stride + row] = 0;
        }
    }
}
