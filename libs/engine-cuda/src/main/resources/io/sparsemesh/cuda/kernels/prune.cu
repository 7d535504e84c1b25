// The inner loop of Algorithm 1 on a block of columns. CPU references: NaivePruningOps.pruneBlock,
// Sweep. Stands behind cut.cu.
//
// A thread has a row of W. V, the weights with the error feedback of all columns before the block,
// lies in shared memory, 32 columns of it at a time in registers: those are pruned one after the
// other, and then their errors go to all columns after them at once. A block has more threads than
// rows: all of them load and store.

#define LARGEST 128
#define STEP 32

// How weights are chosen and rounded; see Selection and Rounding.
#define BY_CUT 0
#define BY_GROUP 1
#define BY_ZEROS 2

struct Grid {
    const float* scale;
    const float* zero;
    long stride_scale;
    long stride_zero;
    long width;
    long first;
    int top;  // 0: no rounding
};

static __device__ float rounded(const Grid& grid, float v, long row, long col) {
    if (grid.top == 0) {
        return v;
    }
    long group = (grid.first + col) / grid.width;
    float scale = grid.scale[group * grid.stride_scale + row];
    float zero = grid.zero[group * grid.stride_zero + row];
    float step = fminf(fmaxf(rintf(v / scale) + zero, 0.0f), (float)grid.top);
    return scale * (step - zero);
}

// Which of the GROUP columns from `c` on go, as bits: the `drop` least salient, ties by the lowest.
template <int GROUP>
static __device__ unsigned choose(const float* v, const float* inverse, int c, int cols, int drop) {
    float s[GROUP];
#pragma unroll
    for (int i = 0; i < GROUP; i++) {
        s[i] = c + i < cols ? fabsf(v[i] * inverse[c + i]) : __int_as_float(0x7f800000);
    }
    unsigned bits = 0;
#pragma unroll
    for (int i = 0; i < GROUP; i++) {
        int rank = 0;
#pragma unroll
        for (int j = 0; j < GROUP; j++) {
            rank += j < i ? s[j] <= s[i] : j > i ? s[j] < s[i] : 0;
        }
        bits |= (unsigned)(rank < drop) << i;
    }
    return bits;
}

// Shared memory of a block: U padded with zeros to LARGEST columns and rows, the inverses of its
// diagonal, V by columns with one more element than there are rows in each, and each row's mask,
// STEP columns in a word.
struct Local {
    float* u;
    float* inverse;
    float* v;
    unsigned* masks;
    int pitch;
    int height;  // rows of a block
    long row;    // this thread's, where it has one
};

static __device__ Local load(float* memory, const float* u, long stride_u, const float* v, long stride_v, long rows, int cols,
                             int height) {
    int pitch = height + 1;
    float* inverse = memory + LARGEST * LARGEST;
    float* by_columns = inverse + LARGEST;
    long first = (long)blockIdx.x * height;
    Local local = {memory, inverse, by_columns, reinterpret_cast<unsigned*>(by_columns + LARGEST * pitch), pitch, height,
                   threadIdx.x < height ? first + threadIdx.x : rows};
    int x = threadIdx.x % WARP, y = threadIdx.x / WARP, warps = blockDim.x / WARP;
#pragma unroll 4
    for (int r = y; r < LARGEST; r += warps) {
#pragma unroll
        for (int c = x; c < LARGEST; c += WARP) {
            local.u[r * LARGEST + c] = r < cols && c < cols && r <= c ? u[r * stride_u + c] : 0.0f;
        }
    }
    for (int c = threadIdx.x; c < LARGEST; c += blockDim.x) {
        local.inverse[c] = c < cols ? 1.0f / u[c * stride_u + c] : 0.0f;
    }
#pragma unroll 8
    for (int c = y; c < LARGEST; c += warps) {
#pragma unroll 2
        for (int r = x; r < height; r += WARP) {
            local.v[c * pitch + r] = c < cols && first + r < rows ? v[c * stride_v + first + r] : 0.0f;
        }
    }
    __syncthreads();
    return local;
}

// Writes Q and D = W - Q, both coalesced, and the block's part of the loss.
static __device__ void store(const Local& local, float* w, long stride_w, float* d, long stride_d, long rows, int cols,
                             float squares, double* losses) {
    __shared__ double scratch[WARP];
    __syncthreads();
    long first = (long)blockIdx.x * local.height;
    int x = threadIdx.x % WARP, y = threadIdx.x / WARP, warps = blockDim.x / WARP;
#pragma unroll 4
    for (int t = y; t < local.height; t += warps) {
#pragma unroll
        for (int c = x; c < LARGEST; c += WARP) {
            if (c < cols && first + t < rows) {
                float* weight = w + (first + t) * stride_w + c;
                float kept = local.v[c * local.pitch + t];
                local.v[c * local.pitch + t] = *weight - kept;
                *weight = kept;
            }
        }
    }
    __syncthreads();
#pragma unroll 4
    for (int c = y; c < cols; c += warps) {
        for (int r = x; r < local.height; r += WARP) {
            if (first + r < rows) {
                d[c * stride_d + first + r] = local.v[c * local.pitch + r];
            }
        }
    }
    double loss = block_sum((double)squares / 2, scratch);
    if (threadIdx.x == 0) {
        losses[blockIdx.x] = loss;
    }
}

// The mask of the columns from `left` on, as bits, where it does not depend on their pruning.
static __device__ unsigned mask(const Local& local, int how, const Cut* where, const float* w, long stride_w, long row,
                                long rows, int left, int cols) {
    unsigned bits = 0;
    if (row >= rows || how == BY_GROUP) {
        return 0;
    }
    int end = min(STEP, cols - left);
    if (how == BY_ZEROS) {
        for (int i = 0; i < end; i++) {
            bits |= (unsigned)(w[row * stride_w + left + i] == 0) << i;
        }
        return bits;
    }
    Cut cut = *where;
    for (int i = 0; i < end; i++) {
        int c = left + i;
        int s = saliency(local.v[c * local.pitch + threadIdx.x], local.inverse[c]);
        bits |= (unsigned)goes(cut, s, row, c) << i;
    }
    return bits;
}

// Prunes a block of at most LARGEST columns; GROUP is 0 where the mask is known before.
template <int GROUP>
static __device__ void prune_block(float* w, long stride_w, const float* v, long stride_v, float* d, long stride_d,
                                   const float* u, long stride_u, float* e, long stride_e, long rows, int cols, int height, int how,
                                   const Cut* cut, int drop, Grid grid, double* losses) {
    SHARED_BUFFER(float, memory);
    Local local = load(memory, u, stride_u, v, stride_v, rows, cols, height);
    long row = local.row;
    float squares = 0;
    if (threadIdx.x < height) {
        for (int left = 0; left < cols; left += STEP) {
            local.masks[left / STEP * height + threadIdx.x] = mask(local, how, cut, w, stride_w, row, rows, left, cols);
        }
#pragma unroll 1
        for (int left = 0; left < cols; left += STEP) {
            float now[STEP], error[STEP];
#pragma unroll
            for (int i = 0; i < STEP; i++) {
                now[i] = local.v[(left + i) * local.pitch + threadIdx.x];
            }
            unsigned bits = local.masks[left / STEP * height + threadIdx.x];
#pragma unroll
            for (int i = 0; i < STEP; i++) {
                if (GROUP > 0 && i % (GROUP > 0 ? GROUP : 1) == 0) {
                    bits |= choose<(GROUP > 0 ? GROUP : 1)>(now + i, local.inverse, left + i, cols, drop) << i;
                }
                int c = left + i;
                bool inside = c < cols && row < rows;
                float kept = !inside || (bits >> i & 1) ? 0.0f : rounded(grid, now[i], row, c);
                float off = (now[i] - kept) * local.inverse[c];
                squares += off * off;
                error[i] = off;
#pragma unroll
                for (int j = i + 1; j < STEP; j++) {
                    now[j] -= off * local.u[c * LARGEST + left + j];
                }
                local.v[c * local.pitch + threadIdx.x] = kept;
                if (e != 0 && inside) {
                    e[c * stride_e + row] = off;
                }
            }
            for (int j = left + STEP; j < cols; j += 4) {
                float* to = local.v + j * local.pitch + threadIdx.x;
                float a = to[0], b = to[local.pitch], x = to[2 * local.pitch], y = to[3 * local.pitch];
#pragma unroll
                for (int i = 0; i < STEP; i++) {
                    float4 factors = *reinterpret_cast<const float4*>(local.u + (left + i) * LARGEST + j);
                    a -= error[i] * factors.x;
                    b -= error[i] * factors.y;
                    x -= error[i] * factors.z;
                    y -= error[i] * factors.w;
                }
                to[0] = a;
                to[local.pitch] = b;
                to[2 * local.pitch] = x;
                to[3 * local.pitch] = y;
            }
        }
    }
    store(local, w, stride_w, d, stride_d, rows, cols, squares, losses);
}

#define PARAMETERS \
    float *w, long stride_w, const float *v, long stride_v, float *d, long stride_d, const float *u, long stride_u, float *e, \
            long stride_e, long rows, int cols, int height, int how, const Cut *cut, int drop, int group, const float *scale, \
            long stride_scale, const float *zero, long stride_zero, long width, long first, int top, double *losses
#define GRID {scale, zero, stride_scale, stride_zero, width, first, top}

extern "C" __global__ void __launch_bounds__(256) prune_masked(PARAMETERS) {
    prune_block<0>(w, stride_w, v, stride_v, d, stride_d, u, stride_u, e, stride_e, rows, cols, height, how, cut, drop, GRID, losses);
}

extern "C" __global__ void __launch_bounds__(256) prune_groups_of_4(PARAMETERS) {
    prune_block<4>(w, stride_w, v, stride_v, d, stride_d, u, stride_u, e, stride_e, rows, cols, height, how, cut, drop, GRID, losses);
}

extern "C" __global__ void __launch_bounds__(256) prune_groups_of_8(PARAMETERS) {
    prune_block<8>(w, stride_w, v, stride_v, d, stride_d, u, stride_u, e, stride_e, rows, cols, height, how, cut, drop, GRID, losses);
}

// Any group of at most LARGEST columns, all in shared memory.
extern "C" __global__ void __launch_bounds__(256) prune_groups(PARAMETERS) {
    SHARED_BUFFER(float, memory);
    Local local = load(memory, u, stride_u, v, stride_v, rows, cols, height);
    Grid grid = GRID;
    long row = local.row;
    float squares = 0;
    unsigned bits[LARGEST / WARP] = {0, 0, 0, 0};
    for (int c = 0; c < cols && threadIdx.x < height; c++) {
        float* own = local.v + threadIdx.x;
        if (c % group == 0) {
            int end = min(c + group, cols);
            for (int i = c; i < end; i++) {
                float s = fabsf(own[i * local.pitch] * local.inverse[i]);
                int rank = 0;
                for (int j = c; j < end; j++) {
                    float other = fabsf(own[j * local.pitch] * local.inverse[j]);
                    rank += j < i ? other <= s : j > i ? other < s : 0;
                }
                bits[i / WARP] |= (unsigned)(rank < drop) << i % WARP;
            }
        }
        float now = own[c * local.pitch];
        bool inside = row < rows;
        float kept = !inside || (bits[c / WARP] >> c % WARP & 1) ? 0.0f : rounded(grid, now, row, c);
        float off = (now - kept) * local.inverse[c];
        squares += off * off;
        for (int j = c + 1; j < cols; j++) {
            own[j * local.pitch] -= off * local.u[c * LARGEST + j];
        }
        own[c * local.pitch] = kept;
        if (e != 0 && inside) {
            e[c * stride_e + row] = off;
        }
    }
    store(local, w, stride_w, d, stride_d, rows, cols, squares, losses);
}
