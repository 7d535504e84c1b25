// What concerns rows of weights and the groups of columns in them, each by itself. CPU references:
// NaivePruningOps (spanGrid, dropSmallestOfRows), GridSpan, RowCut.

#define SMALLEST_NORMAL 1.17549435e-38f

// The grid that spans each group of `width` columns and 0; a warp a group. `middle` is the zero of
// symmetric grids, and negative for the others.
extern "C" __global__ void span_grid(const float* w, long stride_w, float* scale, long stride_scale, float* zero,
                                     long stride_zero, long rows, long cols, long width, long groups, float top,
                                     float middle) {
    long item = (long)blockIdx.x * (blockDim.x / WARP) + threadIdx.x / WARP;
    if (item >= rows * groups) {
        return;
    }
    long row = item / groups;
    long g = item % groups;
    long to = min((g + 1) * width, cols);
    float low = 0;
    float high = 0;
    for (long c = g * width + threadIdx.x % WARP; c < to; c += WARP) {
        low = fminf(low, w[row * stride_w + c]);
        high = fmaxf(high, w[row * stride_w + c]);
    }
    for (int offset = WARP / 2; offset > 0; offset /= 2) {
        low = fminf(low, __shfl_xor_sync(FULL_WARP, low, offset));
        high = fmaxf(high, __shfl_xor_sync(FULL_WARP, high, offset));
    }
    if (threadIdx.x % WARP > 0) {
        return;
    }
    if (low == 0 && high == 0) {
        low = -1;
        high = 1;
    }
    float span = middle >= 0 ? 2 * fmaxf(-low, high) : high - low;
    float step = fmaxf(span / top, SMALLEST_NORMAL);
    scale[g * stride_scale + row] = step;
    zero[g * stride_zero + row] = middle >= 0 ? middle : rintf(-low / step);
}

// Saliencies are not negative, so their bits are in their order.
static __device__ unsigned saliency(float w, float s) {
    return __float_as_uint(__fmul_rn(w, s)) & 0x7fffffffu;
}

// Drops `drop` of each `group` columns of a row where groups are at most as long as a block has
// threads: each thread counts how many of its group go before its own weight. A block a row.
extern "C" __global__ void drop_of_small_groups(float* w, long stride, const float* s, long, long cols, int drop,
                                                int group) {
    SHARED_BUFFER(unsigned, saliencies);
    float* row = w + blockIdx.x * stride;
    int whole = blockDim.x / group * group;
    int first = threadIdx.x / group * group;
    for (long left = 0; left < cols; left += whole) {
        long c = left + threadIdx.x;
        bool mine = threadIdx.x < whole && c < cols;
        saliencies[threadIdx.x] = mine ? saliency(row[c], s[c]) : 0;
        __syncthreads();
        int before = 0;
        for (int i = first; mine && i < first + group && left + i < cols; i++) {
            bool goes_first = i < threadIdx.x ? saliencies[i] <= saliencies[threadIdx.x]
                                              : saliencies[i] < saliencies[threadIdx.x];
            before += goes_first;
        }
        if (mine && before < drop) {
            row[c] = 0;
        }
        __syncthreads();
    }
}

#define DIGITS 256

// One digit of the saliency of rank `rank` (from 0) among those that begin with `prefix`, by a
// histogram of the digits at `shift`. Lowers `rank` to the rank among those that share the digit.
static __device__ unsigned digit_of_rank(const float* row, const float* s, long from, long to, unsigned prefix,
                                         int shift, int* rank, unsigned* histogram) {
    for (int i = threadIdx.x; i < DIGITS; i += blockDim.x) {
        histogram[i] = 0;
    }
    __syncthreads();
    unsigned known = shift == 24 ? 0 : 0xffffffffu << (shift + 8);
    for (long c = from + threadIdx.x; c < to; c += blockDim.x) {
        unsigned bits = saliency(row[c], s[c]);
        if ((bits & known) == prefix) {
            atomicAdd(&histogram[bits >> shift & (DIGITS - 1)], 1u);
        }
    }
    __syncthreads();
    unsigned digit = 0;
    while (*rank >= (int)histogram[digit]) {
        *rank -= histogram[digit++];
    }
    __syncthreads();
    return digit;
}

// How many threads of the block before this one say yes, and of all threads in *all.
static __device__ int yes_before(bool yes, int* all, int* counts) {
    unsigned votes = __ballot_sync(FULL_WARP, yes);
    int warp = threadIdx.x / WARP;
    counts[warp] = __popc(votes);
    __syncthreads();
    int before = __popc(votes & ((1u << threadIdx.x % WARP) - 1));
    *all = 0;
    for (int i = 0; i < blockDim.x / WARP; i++) {
        before += i < warp ? counts[i] : 0;
        *all += counts[i];
    }
    __syncthreads();
    return before;
}

// Drops `drop` of each `group` columns of a row, `drop` at least 1; a block a group, blocks counting
// the groups row by row. The saliency of the last that goes is found digit by digit; of those that
// have exactly it, the first go.
extern "C" __global__ void drop_of_large_groups(float* w, long stride, const float* s, long, long cols, int drop,
                                                long group, long groups) {
    __shared__ unsigned histogram[DIGITS];
    __shared__ int counts[WARP];
    float* row = w + blockIdx.x / groups * stride;
    long from = blockIdx.x % groups * group;
    long to = min(from + group, cols);
    int rank = (int)min((long)drop, to - from) - 1;
    unsigned threshold = 0;
    for (int shift = 24; shift >= 0; shift -= 8) {
        threshold |= digit_of_rank(row, s, from, to, threshold, shift, &rank, histogram) << shift;
    }
    int ties = rank + 1;
    for (long left = from; left < to; left += blockDim.x) {
        long c = left + threadIdx.x;
        unsigned bits = c < to ? saliency(row[c], s[c]) : 0xffffffffu;
        int all;
        int before = yes_before(bits == threshold, &all, counts);
        if (bits < threshold || (bits == threshold && before < ties)) {
            row[c] = 0;
        }
        ties -= all;
    }
}
