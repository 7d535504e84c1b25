// The parts of H + diag(d) = R R^T that are not products. CPU references: NaivePruningOps.factor,
// DiagonalBlock. R is upper triangular and comes from the last column to the first.

#define LARGEST 128
#define SIDE 16
#define SHARE (LARGEST / SIDE)

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

// Factors a diagonal block of at most LARGEST columns, in one block of 16 x 16 threads, and writes
// its inverse. A thread has the elements (y + 16 a, x + 16 b) of A and of B, which begins as the
// identity: from the last column k to the first, column k of R is A[:, k] / sqrt(A_kk) and row k of
// its inverse B[k, :] / R_kk; both leave A and B less their product with that column.
//
// A pivot that is not positive is written to *failed, which is -1 before any, as its column in the
// whole matrix.
template <typename T>
static __device__ void factor_block(T* a, long stride_a, T* u, long stride_u, int n, long column, long long* failed) {
    __shared__ T of_column[2][LARGEST], of_row[2][LARGEST];
    if (*failed >= 0) {
        return;
    }
    const int x = threadIdx.x % SIDE, y = threadIdx.x / SIDE;
    T left[SHARE][SHARE], right[SHARE][SHARE];
#pragma unroll
    for (int i = 0; i < SHARE; i++) {
#pragma unroll
        for (int j = 0; j < SHARE; j++) {
            int r = y + SIDE * i, c = x + SIDE * j;
            // Only the upper triangle is known.
            left[i][j] = r < n && c < n ? (r <= c ? a[r * stride_a + c] : a[c * stride_a + r]) : 0;
            right[i][j] = r == c ? 1 : 0;
        }
    }
    __syncthreads();
    // Which elements of a thread a step concerns depends on k / SIDE only, which is unrolled.
#pragma unroll
    for (int part = SHARE - 1; part >= 0; part--) {
        for (int k = min(n, SIDE * (part + 1)) - 1; k >= SIDE * part; k--) {
            T* now = of_column[k % 2];
            T* row = of_row[k % 2];
            int place = k % SIDE;
            if (x == place) {
#pragma unroll
                for (int i = 0; i <= part; i++) {
                    now[y + SIDE * i] = left[i][part];
                }
            }
            if (y == place) {
#pragma unroll
                for (int j = part; j < SHARE; j++) {
                    row[x + SIDE * j] = right[part][j];
                }
            }
            __syncthreads();
            T pivot = now[k];
            if (!(pivot > 0)) {
                if (threadIdx.x == 0) {
                    *failed = column + k;
                }
                return;
            }
            T inverse = 1 / sqrt(pivot);
            T down[SHARE], across[SHARE], values[SHARE];
#pragma unroll
            for (int i = 0; i <= part; i++) {
                down[i] = now[y + SIDE * i] * inverse;
                across[i] = now[x + SIDE * i] * inverse;
            }
#pragma unroll
            for (int j = part; j < SHARE; j++) {
                values[j] = row[x + SIDE * j] * inverse;
            }
            // What is not to the left of and above k is not read again, whatever this makes of it.
#pragma unroll
            for (int i = 0; i <= part; i++) {
#pragma unroll
                for (int j = 0; j <= part; j++) {
                    left[i][j] -= down[i] * across[j];
                }
            }
            if (y >= place) {
                down[part] = y == place ? down[part] : 0;
            }
            if (x == place) {
#pragma unroll
                for (int i = 0; i <= part; i++) {
                    if (y + SIDE * i < n) {
                        a[(y + SIDE * i) * stride_a + k] = down[i];
                    }
                }
            }
            if (y == place) {
                down[part] = 0;
            }
#pragma unroll
            for (int j = part; j < SHARE; j++) {
#pragma unroll
                for (int i = 0; i <= part; i++) {
                    right[i][j] -= down[i] * values[j];
                }
                right[part][j] = y == place ? values[j] : right[part][j];
            }
        }
    }
#pragma unroll
    for (int i = 0; i < SHARE; i++) {
#pragma unroll
        for (int j = 0; j < SHARE; j++) {
            int r = y + SIDE * i, c = x + SIDE * j;
            if (r < n && c < n) {
                u[r * stride_u + c] = r <= c ? right[i][j] : 0;
            }
        }
    }
}

extern "C" __global__ void __launch_bounds__(256) factor_block_float(float* a, long stride_a, float* u, long stride_u, int n,
                                                                     long column, long long* failed) {
    factor_block(a, stride_a, u, stride_u, n, column, failed);
}

extern "C" __global__ void __launch_bounds__(256) factor_block_double(double* a, long stride_a, double* u, long stride_u, int n,
                                                                      long column, long long* failed) {
    factor_block(a, stride_a, u, stride_u, n, column, failed);
}

// The inverses of the diagonal blocks of R, `size` columns each, one below the other; a block of
// 16 x 16 threads for each of them, as above.
extern "C" __global__ void __launch_bounds__(256) invert_blocks(const float* r, long stride_r, float* u, long stride_u, long n,
                                                                int size) {
    __shared__ float of_column[2][LARGEST], of_row[2][LARGEST];
    const int x = threadIdx.x % SIDE, y = threadIdx.x / SIDE;
    long from = (long)blockIdx.x * size;
    int own = (int)min((long)size, n - from);
    r += from * stride_r + from;
    u += from * stride_u;
    float right[SHARE][SHARE];
#pragma unroll
    for (int i = 0; i < SHARE; i++) {
#pragma unroll
        for (int j = 0; j < SHARE; j++) {
            right[i][j] = y + SIDE * i == x + SIDE * j ? 1.0f : 0.0f;
        }
    }
    for (int k = own - 1; k >= 0; k--) {
        float* now = of_column[k % 2];
        float* row = of_row[k % 2];
        for (int i = threadIdx.x; i <= k; i += blockDim.x) {
            now[i] = r[i * stride_r + k];
        }
#pragma unroll
        for (int i = 0; i < SHARE; i++) {
            if (y + SIDE * i == k) {
#pragma unroll
                for (int j = 0; j < SHARE; j++) {
                    row[x + SIDE * j] = right[i][j];
                }
            }
        }
        __syncthreads();
        float inverse = 1 / now[k];
        float values[SHARE];
#pragma unroll
        for (int j = 0; j < SHARE; j++) {
            values[j] = row[x + SIDE * j] * inverse;
        }
#pragma unroll
        for (int i = 0; i < SHARE; i++) {
            int at = y + SIDE * i;
            if (at <= k) {
                float down = now[at];
#pragma unroll
                for (int j = 0; j < SHARE; j++) {
                    right[i][j] = at == k ? values[j] : right[i][j] - down * values[j];
                }
            }
        }
    }
#pragma unroll
    for (int i = 0; i < SHARE; i++) {
#pragma unroll
        for (int j = 0; j < SHARE; j++) {
            int row = y + SIDE * i, col = x + SIDE * j;
            if (row < own && col < own) {
                u[row * stride_u + col] = row <= col ? right[i][j] : 0.0f;
            }
        }
    }
}
