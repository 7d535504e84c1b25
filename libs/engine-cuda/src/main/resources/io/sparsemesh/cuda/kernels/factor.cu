// The parts of H + diag(d) = R R^T that are not products. CPU references: NaivePruningOps.factor,
// DiagonalBlock. R is upper triangular and comes from the last column to the first.

#define LARGEST 128

// A := upper triangle of H + diag(d), 0 below.
template <typename T>
static __device__ void copy_upper(const float* h, long stride_h, const float* d, long stride_d, T* a, long stride_a,
                                  long rows, long cols, int shift) {
    FOR_EACH_ELEMENT(row, col) {
        T value = col < row ? 0 : h[row * stride_h + col];
        a[row * stride_a + col] = row == col ? value + d[row * stride_d] : value;
    }
}

extern "C" __global__ void copy_upper_float(const float* h, long stride_h, const float* d, long stride_d, float* a,
                                            long stride_a, long rows, long cols, int shift) {
    copy_upper(h, stride_h, d, stride_d, a, stride_a, rows, cols, shift);
}

extern "C" __global__ void copy_upper_double(const float* h, long stride_h, const float* d, long stride_d, double* a,
                                             long stride_a, long rows, long cols, int shift) {
    copy_upper(h, stride_h, d, stride_d, a, stride_a, rows, cols, shift);
}

// R := A in float, 0 below the diagonal.
extern "C" __global__ void narrow(const double* a, long stride_a, float* r, long stride_r, long rows, long cols, int shift) {
    FOR_EACH_ELEMENT(row, col) {
        r[row * stride_r + col] = col < row ? 0.0f : (float)a[row * stride_a + col];
    }
}

// 0 below the diagonal, where updates of whole blocks left something.
extern "C" __global__ void clear_lower(float* r, long stride, long rows, long cols, int shift) {
    FOR_EACH_ELEMENT(row, col) {
        if (col < row) {
            r[row * stride + col] = 0;
        }
    }
}

// B := A, in words of 4 bytes.
extern "C" __global__ void copy_words(const unsigned* a, long stride_a, unsigned* b, long stride_b, long rows, long cols,
                                      int shift) {
    FOR_EACH_ELEMENT(row, col) {
        b[row * stride_b + col] = a[row * stride_a + col];
    }
}

// U := R^-1 for the upper triangle R of n columns in shared memory `m`, rows of LARGEST + 1
// elements: column j of U lies transposed in row j below the diagonal, the diagonal in `inverse`.
template <typename T>
static __device__ void invert(T* m, T* inverse, int n) {
    const int pitch = LARGEST + 1;
    for (int j = threadIdx.x; j < n; j += blockDim.x) {
        inverse[j] = 1 / m[j * pitch + j];
    }
    __syncthreads();
    int j = threadIdx.x;
    if (j < n) {
        for (int i = j - 1; i >= 0; i--) {
            T sum = m[i * pitch + j] * inverse[j];
            for (int k = i + 1; k < j; k++) {
                sum += m[i * pitch + k] * m[j * pitch + k];
            }
            m[j * pitch + i] = -sum * inverse[i];
        }
    }
    __syncthreads();
}

template <typename T>
static __device__ T inverse_at(const T* m, const T* inverse, int i, int j) {
    return j < i ? 0 : i == j ? inverse[i] : m[j * (LARGEST + 1) + i];
}

// Factors a diagonal block of at most LARGEST columns, in one block of threads, and writes its
// inverse. A pivot that is not positive is written to *failed, which is -1 before any, as its
// column in the whole matrix.
template <typename T>
static __device__ void factor_block(T* a, long stride_a, T* u, long stride_u, int n, long column, long long* failed, T* m) {
    const int pitch = LARGEST + 1;
    __shared__ T inverse[LARGEST];
    __shared__ int bad;
    if (threadIdx.x == 0) {
        bad = *failed >= 0;
    }
    for (int i = threadIdx.x; i < n * n; i += blockDim.x) {
        m[i / n * pitch + i % n] = a[i / n * stride_a + i % n];
    }
    __syncthreads();
    for (int k = n - 1; k >= 0 && !bad; k--) {
        T pivot = m[k * pitch + k];
        if (!(pivot > 0)) {
            __syncthreads();
            if (threadIdx.x == 0) {
                bad = 1;
                *failed = column + k;
            }
            __syncthreads();
            break;
        }
        T root = sqrt(pivot);
        __syncthreads();
        for (int i = threadIdx.x; i <= k; i += blockDim.x) {
            m[i * pitch + k] = i == k ? root : m[i * pitch + k] / root;
        }
        __syncthreads();
        // The upper left triangle less the square of this column.
        for (int at = threadIdx.x; at < k * k; at += blockDim.x) {
            int i = at / k, j = at % k;
            if (i <= j) {
                m[i * pitch + j] -= m[i * pitch + k] * m[j * pitch + k];
            }
        }
        __syncthreads();
    }
    if (bad) {
        return;
    }
    for (int i = threadIdx.x; i < n * n; i += blockDim.x) {
        int r = i / n, c = i % n;
        a[r * stride_a + c] = c < r ? (T)0 : m[r * pitch + c];
    }
    __syncthreads();
    invert(m, inverse, n);
    for (int i = threadIdx.x; i < n * n; i += blockDim.x) {
        u[i / n * stride_u + i % n] = inverse_at(m, inverse, i / n, i % n);
    }
}

extern "C" __global__ void __launch_bounds__(1024) factor_block_float(float* a, long stride_a, float* u, long stride_u, int n, long column,
                                              long long* failed) {
    SHARED_BUFFER(float, memory);
    factor_block(a, stride_a, u, stride_u, n, column, failed, memory);
}

extern "C" __global__ void __launch_bounds__(1024) factor_block_double(double* a, long stride_a, double* u, long stride_u, int n, long column,
                                               long long* failed) {
    SHARED_BUFFER(double, memory);
    factor_block(a, stride_a, u, stride_u, n, column, failed, memory);
}

// The inverses of the diagonal blocks of R, `size` columns each, one below the other; a block of
// threads for each of them.
extern "C" __global__ void invert_blocks(const float* r, long stride_r, float* u, long stride_u, long n, int size) {
    SHARED_BUFFER(float, m);
    __shared__ float inverse[LARGEST];
    long from = (long)blockIdx.x * size;
    int own = (int)min((long)size, n - from);
    for (int i = threadIdx.x; i < own * own; i += blockDim.x) {
        int row = i / own, col = i % own;
        m[row * (LARGEST + 1) + col] = col < row ? 0.0f : r[(from + row) * stride_r + from + col];
    }
    __syncthreads();
    invert(m, inverse, own);
    for (int i = threadIdx.x; i < own * own; i += blockDim.x) {
        u[(from + i / own) * stride_u + i % own] = inverse_at(m, inverse, i / own, i % own);
    }
}
