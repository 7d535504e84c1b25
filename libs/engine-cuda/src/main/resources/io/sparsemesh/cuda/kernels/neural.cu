// Operations of a transformer block between its products. CPU reference: NaiveNeuralOps.

// y[r] = (x[r] - mean) / sqrt(variance + epsilon) * weight + bias, a block a row. y may be x.
extern "C" __global__ void layer_norm(const float* x, long stride_x, const float* weight, long, const float* bias, long,
                                      float epsilon, float* y, long stride_y, long cols) {
    __shared__ float scratch[WARP];
    const float* from = x + blockIdx.x * stride_x;
    float* to = y + blockIdx.x * stride_y;
    float sum = 0;
    for (long c = threadIdx.x; c < cols; c += blockDim.x) {
        sum += from[c];
    }
    float mean = block_sum(sum, scratch) / cols;
    float squares = 0;
    for (long c = threadIdx.x; c < cols; c += blockDim.x) {
        float centred = from[c] - mean;
        squares += centred * centred;
    }
    float scale = 1 / sqrtf(block_sum(squares, scratch) / cols + epsilon);
    for (long c = threadIdx.x; c < cols; c += blockDim.x) {
        to[c] = (from[c] - mean) * scale * weight[c] + bias[c];
    }
}

// y[r] = x[r] / sqrt(mean of x[r]^2 + epsilon) * weight, a block a row. y may be x.
extern "C" __global__ void rms_norm(const float* x, long stride_x, const float* weight, long, float epsilon, float* y,
                                    long stride_y, long cols) {
    __shared__ float scratch[WARP];
    const float* from = x + blockIdx.x * stride_x;
    float* to = y + blockIdx.x * stride_y;
    float squares = 0;
    for (long c = threadIdx.x; c < cols; c += blockDim.x) {
        squares += from[c] * from[c];
    }
    float scale = 1 / sqrtf(block_sum(squares, scratch) / cols + epsilon);
    for (long c = threadIdx.x; c < cols; c += blockDim.x) {
        to[c] = from[c] * scale * weight[c];
    }
}

// y[r] := y[r] + x[r mod repeated]
extern "C" __global__ void add(const float* x, long stride_x, long repeated, float* y, long stride_y, long rows,
                               long cols, int shift) {
    FOR_EACH_ELEMENT(row, col) {
        y[row * stride_y + col] += x[row % repeated * stride_x + col];
    }
}

// y := y * x
extern "C" __global__ void multiply(const float* x, long stride_x, float* y, long stride_y, long rows, long cols,
                                    int shift) {
    FOR_EACH_ELEMENT(row, col) {
        y[row * stride_y + col] *= x[row * stride_x + col];
    }
}

// x / (1 + exp(-u)), which is 0 where exp overflows.
static __device__ float times_sigmoid(float x, float u) {
    return x / (1 + expf(-u));
}

// The activations by their codes, see CudaActivation. (1 + tanh(u)) / 2 is 1 / (1 + exp(-2 u)),
// and (1 + erf(z)) / 2 is erfc(-z) / 2, neither of which loses digits.
static __device__ float activation(int code, float x) {
    switch (code) {
        case 0: return x <= 0 ? 0 : x;  // not fmaxf, which hides what is not a number
        case 1: return times_sigmoid(x, x);
        case 2: return x / 2 * erfcf(x * -0.70710678f);
        case 3: return times_sigmoid(x, 2 * 0.7978845608f * (x + 0.044715f * x * x * x));
        case 4: return times_sigmoid(x, 1.702f * x);
        default: return tanhf(x);
    }
}

// x := f(x)
extern "C" __global__ void activate(int code, float* x, long stride, long rows, long cols, int shift) {
    FOR_EACH_ELEMENT(row, col) {
        x[row * stride + col] = activation(code, x[row * stride + col]);
    }
}

// x := cap tanh(x / cap)
extern "C" __global__ void soft_cap(float cap, float* x, long stride, long rows, long cols, int shift) {
    FOR_EACH_ELEMENT(row, col) {
        x[row * stride + col] = cap * tanhf(x[row * stride + col] / cap);
    }
}

// Turns pair i of each head, the columns i * step and i * step + distance, by the angle of its
// row's position. An element is a pair of a head: `cols` is heads * pairs.
extern "C" __global__ void rotate(const float* cosines, long stride_cos, const float* sines, long stride_sin,
                                  long positions, float* x, long stride_x, const long* columns, long first, long spacing,
                                  int pairs, long step, long distance, long rows, long cols, int shift) {
    FOR_EACH_ELEMENT(row, col) {
        int i = (int)col % pairs;
        float* pair = x + row * stride_x + head_column(columns, first, spacing, (int)col / pairs) + i * step;
        float c = cosines[row % positions * stride_cos + i];
        float s = sines[row % positions * stride_sin + i];
        float a = pair[0];
        float b = pair[distance];
        pair[0] = a * c - b * s;
        pair[distance] = b * c + a * s;
    }
}

// out[i] = table[chosen[i]]
extern "C" __global__ void gather(const float* table, long stride_table, const int* chosen, float* out, long stride_out,
                                  long rows, long cols, int shift) {
    FOR_EACH_ELEMENT(row, col) {
        out[row * stride_out + col] = table[chosen[row] * stride_table + col];
    }
}

// y[chosen[i]] := y[chosen[i]] + factors[i] * x[i]; no two of `chosen` are the same.
extern "C" __global__ void scatter_add(const float* x, long stride_x, const int* chosen, const float* factors, float* y,
                                       long stride_y, long rows, long cols, int shift) {
    FOR_EACH_ELEMENT(row, col) {
        float* to = y + chosen[row] * stride_y + col;
        *to = fmaf(factors[row], x[row * stride_x + col], *to);
    }
}

// An element of a row and where it is.
struct Place {
    float value;
    int col;
};

static __device__ Place larger(Place a, Place b) {
    return b.value > a.value || (b.value == a.value && b.col < a.col) ? b : a;
}

// The first largest of all threads' places, for all of them.
static __device__ Place block_largest(Place place, Place* scratch) {
    for (int offset = WARP / 2; offset > 0; offset /= 2) {
        Place other;
        other.value = __shfl_xor_sync(FULL_WARP, place.value, offset);
        other.col = __shfl_xor_sync(FULL_WARP, place.col, offset);
        place = larger(place, other);
    }
    if (threadIdx.x % WARP == 0) {
        scratch[threadIdx.x / WARP] = place;
    }
    __syncthreads();
    place = scratch[0];
    for (int warp = 1; warp < blockDim.x / WARP; warp++) {
        place = larger(place, scratch[warp]);
    }
    return place;
}

struct Score {
    double log_likelihood;
    long largest;
};

// Of each row, by one block: the logarithm of the target's softmax, and the column of the first
// largest element. Sums in double.
extern "C" __global__ void score(const float* logits, long stride, int cols, const int* targets, Score* scores) {
    __shared__ Place places[WARP];
    __shared__ double scratch[WARP];
    const float* row = logits + blockIdx.x * stride;
    int own = threadIdx.x < cols ? threadIdx.x : 0;
    Place largest = {row[own], own};
    for (int c = own; c < cols; c += blockDim.x) {
        if (row[c] > largest.value) {
            largest = {row[c], c};
        }
    }
    largest = block_largest(largest, places);
    double sum = 0;
    for (int c = threadIdx.x; c < cols; c += blockDim.x) {
        sum += expf(row[c] - largest.value);
    }
    sum = block_sum(sum, scratch);
    if (threadIdx.x == 0) {
        double logit = row[targets[blockIdx.x]];
        scores[blockIdx.x] = {logit - largest.value - log(sum), largest.col};
    }
}
