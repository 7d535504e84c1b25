// Attention between its two products. CPU reference: NaiveNeuralOps.

// Rounds heads to F16, or to BF16 where `brain`, and lays them side by side, each in `room`
// columns. An element is a column of a head: `cols` is heads * size.
extern "C" __global__ void round_heads(const float* x, long stride_x, const long* columns, long first, long spacing,
                                       int size, half_t* y, long stride_y, long room, int brain, long rows, long cols,
                                       int shift) {
    FOR_EACH_ELEMENT(row, col) {
        int h = (int)col / size;
        int i = (int)col % size;
        float value = x[row * stride_x + head_column(columns, first, spacing, h) + i];
        y[row * stride_y + h * room + i] = brain ? to_bfloat(value) : to_half(value);
    }
}

// The addresses of operands of the products begin .. begin + count. Product n is of query head
// n mod heads of sequence n / heads; `shared` query heads take the same head of this operand. It
// begins at a row of its sequence.
extern "C" __global__ void point(long* addresses, long count, long begin, long heads, long shared, long operand,
                                 long bytes, long stride, long length, long row, const long* columns, long first,
                                 long spacing) {
    long i = (long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < count) {
        long sequence = (begin + i) / heads;
        long h = (begin + i) % heads / shared;
        long element = (sequence * length + row) * stride + head_column(columns, first, spacing, h);
        addresses[i] = operand + element * bytes;
    }
}

// What a query makes of its dot product with a key at a distance.
static __device__ float weigh(float s, float cap, float slope, int distance) {
    return (cap > 0 ? cap * tanhf(s / cap) : s) - slope * distance;
}

// The softmax of each row of scores over the keys that its query sees, and zeros for all others;
// a block a row. Matrix n, of `height` queries from position `from` on and `width` keys from
// position `seen` on, belongs to query head (begin + n) mod heads. `type` 0 leaves F32; 1 and 2
// leave F16 and BF16 in the first half of the row's memory.
extern "C" __global__ void attend(float* scores, long stride, int height, int width, long from, long seen, long window,
                                  float cap, const float* slopes, long begin, long heads, int type) {
    __shared__ float scratch[WARP];
    float* row = scores + blockIdx.x * stride;
    long position = from + blockIdx.x % height;
    int last = position - seen;
    int start = window > position ? 0 - seen : position - window + 1 - seen;
    float slope = slopes ? slopes[(begin + blockIdx.x / height) % heads] : 0;
    float largest = __uint_as_float(0xff800000u);
    for (int j = start + threadIdx.x; j <= last; j += blockDim.x) {
        row[j] = weigh(row[j], cap, slope, last - j);
        largest = fmaxf(largest, row[j]);
    }
    largest = block_max(largest, scratch);
    float sum = 0;
    for (int j = start + threadIdx.x; j <= last; j += blockDim.x) {
        row[j] = expf(row[j] - largest);
        sum += row[j];
    }
    float factor = 1 / block_sum(sum, scratch);
    half_t* halves = reinterpret_cast<half_t*>(row);
    for (int left = 0; left < width; left += blockDim.x) {
        int j = left + threadIdx.x;
        float weight = j >= start && j <= last ? row[j] * factor : 0;
        // All elements that these halves take the place of are read.
        __syncthreads();
        if (j >= width) {
            continue;
        }
        if (type == 0) {
            row[j] = weight;
        } else {
            halves[j] = type == 1 ? to_half(weight) : to_bfloat(weight);
        }
    }
}
