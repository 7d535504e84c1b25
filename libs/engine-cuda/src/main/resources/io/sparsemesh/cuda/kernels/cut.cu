// Finds the saliency of a given rank by selection, not sorting. CPU reference: CutFinder.
//
// Saliencies |v scale| are not negative, so their order is that of their bits: 11 high bits, 10
// middle and 10 low ones, each digit found by a histogram of those elements whose bits before it
// are known. What is found lies in device memory and the host never waits for it.

#define HIGH_BITS 11
#define DIGIT_BITS 10
#define BUCKETS (1 << HIGH_BITS)
#define CUT_THREADS 256

// What is known after each digit.
struct Known {
    int bits;                 // the digits so far, the last one in the lowest place
    unsigned long long rank;  // from 0, among the elements with these digits
    unsigned long long ties;  // how many have them
};

// Where a block is cut: what has a saliency below `bits` goes, and of what has exactly it what comes
// up to and including (last_row, last_col), by rows, then columns. `bits` -1 is below all.
struct Cut {
    int bits;
    int all_ties;
    long last_row;
    long last_col;
    unsigned long long rank;  // of the last tie that goes
};

static __device__ int saliency(float v, float scale) {
    return __float_as_int(v * scale) & 0x7fffffff;
}

static __device__ float scale_of(const float* u, long stride, long c) {
    return u == 0 ? 1.0f : 1.0f / u[c * stride + c];
}

// The bucket that holds the element of rank `before.rank`; for all threads of the block.
static __device__ Known find_digit(const unsigned* histogram, int buckets, Known before, int digit_bits) {
    __shared__ unsigned long long sums[CUT_THREADS];
    __shared__ Known found;
    int own = buckets / CUT_THREADS;
    unsigned long long sum = 0;
    for (int i = 0; i < own; i++) {
        sum += histogram[threadIdx.x * own + i];
    }
    sums[threadIdx.x] = sum;
    __syncthreads();
    unsigned long long below = 0;
    for (int i = 0; i < threadIdx.x; i++) {
        below += sums[i];
    }
    if (before.rank >= below && before.rank < below + sum) {
        int bucket = threadIdx.x * own;
        unsigned long long rank = before.rank - below;
        while (rank >= histogram[bucket]) {
            rank -= histogram[bucket];
            bucket++;
        }
        found.bits = before.bits << digit_bits | bucket;
        found.rank = rank;
        found.ties = histogram[bucket];
    }
    __syncthreads();
    Known result = found;
    __syncthreads();
    return result;
}

// Counts the elements of V [cols x rows] by one digit of their saliency. Digit 0 is the high one.
// `known` has what the digits before it gave; digit n finds what digit n - 1 gave by itself, and
// writes it down for those after.
//
// u: the scale of column c is 1 / u[c, c]; all are 1 where u is 0
extern "C" __global__ void count_digit(const float* v, long stride_v, long rows, long cols, const float* u, long stride_u,
                                       int digit, unsigned long long rank, unsigned* histograms, Known* known) {
    __shared__ unsigned counts[BUCKETS];
    for (int i = threadIdx.x; i < BUCKETS; i += blockDim.x) {
        counts[i] = 0;
    }
    Known before = {0, rank, 0};
    if (digit == 1) {
        before = find_digit(histograms, BUCKETS, before, 0);
    } else if (digit == 2) {
        before = find_digit(histograms + BUCKETS, 1 << DIGIT_BITS, known[1], DIGIT_BITS);
    }
    if (blockIdx.x == 0 && blockIdx.y == 0 && threadIdx.x == 0) {
        known[digit] = before;
    }
    __syncthreads();
    int shift = (2 - digit) * DIGIT_BITS;
    int width = digit == 0 ? HIGH_BITS : DIGIT_BITS;
    for (long c = blockIdx.y; c < cols; c += gridDim.y) {
        float scale = scale_of(u, stride_u, c);
        for (long r = (long)blockIdx.x * blockDim.x + threadIdx.x; r < rows; r += (long)gridDim.x * blockDim.x) {
            int bits = saliency(v[c * stride_v + r], scale);
            if (digit == 0 || bits >> (shift + width) == before.bits) {
                atomicAdd(&counts[bits >> shift & ((1 << width) - 1)], 1u);
            }
        }
    }
    __syncthreads();
    unsigned* histogram = histograms + digit * BUCKETS;
    for (int i = threadIdx.x; i < 1 << width; i += blockDim.x) {
        if (counts[i] > 0) {
            atomicAdd(&histogram[i], counts[i]);
        }
    }
}

// Writes the cut, by one block. It takes all ties unless `exact` asks for fewer.
extern "C" __global__ void find_cut(const unsigned* histograms, const Known* known, int exact, Cut* cut) {
    Known last = find_digit(histograms + 2 * BUCKETS, 1 << DIGIT_BITS, known[2], DIGIT_BITS);
    if (threadIdx.x == 0) {
        cut->bits = last.bits;
        cut->all_ties = !exact || last.rank + 1 == last.ties;
        cut->last_row = 0;
        cut->last_col = 0;
        cut->rank = last.rank;
    }
}

// A cut below everything.
extern "C" __global__ void cut_nothing(Cut* cut) {
    cut->bits = -1;
    cut->all_ties = 1;
    cut->last_row = 0;
    cut->last_col = 0;
    cut->rank = 0;
}

// How many ties each row of V's transpose has; nothing to do where all of them go.
extern "C" __global__ void count_ties(const float* v, long stride_v, long rows, long cols, const float* u, long stride_u,
                                      const Cut* cut, unsigned* ties) {
    if (cut->all_ties) {
        return;
    }
    for (long r = (long)blockIdx.x * blockDim.x + threadIdx.x; r < rows; r += (long)gridDim.x * blockDim.x) {
        unsigned count = 0;
        for (long c = 0; c < cols; c++) {
            count += saliency(v[c * stride_v + r], scale_of(u, stride_u, c)) == cut->bits;
        }
        ties[r] = count;
    }
}

// Finds the last tie that goes, by one block.
extern "C" __global__ void find_tie(const float* v, long stride_v, long rows, long cols, const float* u, long stride_u,
                                    const unsigned* ties, Cut* cut) {
    __shared__ unsigned long long sums[CUT_THREADS];
    if (cut->all_ties) {
        return;
    }
    unsigned long long rank = cut->rank;
    int bits = cut->bits;
    long own = (rows + CUT_THREADS - 1) / CUT_THREADS;
    long from = threadIdx.x * own;
    long to = min(from + own, rows);
    unsigned long long sum = 0;
    for (long r = from; r < to; r++) {
        sum += ties[r];
    }
    sums[threadIdx.x] = sum;
    __syncthreads();
    unsigned long long below = 0;
    for (int i = 0; i < threadIdx.x; i++) {
        below += sums[i];
    }
    if (rank < below || rank >= below + sum) {
        return;
    }
    rank -= below;
    long r = from;
    while (rank >= ties[r]) {
        rank -= ties[r++];
    }
    for (long c = 0; c < cols; c++) {
        if (saliency(v[c * stride_v + r], scale_of(u, stride_u, c)) == bits && rank-- == 0) {
            cut->last_row = r;
            cut->last_col = c;
            return;
        }
    }
}

static __device__ bool goes(const Cut& cut, int saliency, long row, long col) {
    return saliency < cut.bits
            || (saliency == cut.bits
                && (cut.all_ties || row < cut.last_row || (row == cut.last_row && col <= cut.last_col)));
}
