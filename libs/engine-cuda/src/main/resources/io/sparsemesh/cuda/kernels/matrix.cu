// Elementwise steps of the products, transposition, sums over all elements. CPU references:
// NaiveBlas (addScaled, dot, addGram's mirror), NaivePruningOps (transpose, countZeros,
// firstNonFinite, kept, propose).

// C := beta C + alpha A; C is not read where beta is 0.
extern "C" __global__ void add_scaled(float alpha, const float* a, long stride_a, float beta, float* c, long stride_c,
                                      long rows, long cols, int shift) {
    FOR_EACH_ELEMENT(row, col) {
        float sum = alpha * a[row * stride_a + col];
        float* to = c + row * stride_c + col;
        *to = beta == 0 ? sum : beta * *to + sum;
    }
}

// C := beta C
extern "C" __global__ void scale(float beta, float* c, long stride, long rows, long cols, int shift) {
    FOR_EACH_ELEMENT(row, col) {
        float* to = c + row * stride + col;
        *to = beta == 0 ? 0 : beta * *to;
    }
}

// Rounds to F16, or to BF16 where `brain`.
extern "C" __global__ void round_operand(const float* a, long stride_a, half_t* b, long stride_b, long rows, long cols,
                                         int shift, int brain) {
    FOR_EACH_ELEMENT(row, col) {
        float x = a[row * stride_a + col];
        b[row * stride_b + col] = brain ? to_bfloat(x) : to_half(x);
    }
}

// The same for rows whose length, strides and addresses are multiples of 4 elements: four at a time.
extern "C" __global__ void round_operand_by_4(const float* a, long stride_a, half_t* b, long stride_b, long rows, long cols,
                                              int shift, int brain) {
    FOR_EACH_ELEMENT(row, col) {
        float4 x = reinterpret_cast<const float4*>(a + row * stride_a)[col];
        half_t h[4];
        h[0] = brain ? to_bfloat(x.x) : to_half(x.x);
        h[1] = brain ? to_bfloat(x.y) : to_half(x.y);
        h[2] = brain ? to_bfloat(x.z) : to_half(x.z);
        h[3] = brain ? to_bfloat(x.w) : to_half(x.w);
        unsigned long long packed = h[0] | (unsigned long long)h[1] << 16 | (unsigned long long)h[2] << 32
                | (unsigned long long)h[3] << 48;
        reinterpret_cast<unsigned long long*>(b + row * stride_b)[col] = packed;
    }
}

// B := A in F32, of F16 or, where `brain`, of BF16.
extern "C" __global__ void widen(const half_t* a, float* b, long count, int brain) {
    for (long i = (long)blockIdx.x * blockDim.x + threadIdx.x; i < count; i += (long)gridDim.x * blockDim.x) {
        b[i] = brain ? from_bfloat(a[i]) : from_half(a[i]);
    }
}

#define TILE 32

// B := A^T by tiles, a block of 256 threads a tile; blocks count the tiles of A row by row.
extern "C" __global__ void transpose(const float* a, long stride_a, float* b, long stride_b, long rows, long cols,
                                     long across) {
    __shared__ float tile[TILE][TILE + 1];
    long top = blockIdx.x / across * TILE;
    long left = blockIdx.x % across * TILE;
    int x = threadIdx.x % TILE;
    for (int y = threadIdx.x / TILE; y < TILE; y += blockDim.x / TILE) {
        if (top + y < rows && left + x < cols) {
            tile[y][x] = a[(top + y) * stride_a + left + x];
        }
    }
    __syncthreads();
    for (int y = threadIdx.x / TILE; y < TILE; y += blockDim.x / TILE) {
        if (left + y < cols && top + x < rows) {
            b[(left + y) * stride_b + top + x] = tile[x][y];
        }
    }
}

// Copies the upper triangle of H into the lower one: block (x, y) with x >= y takes that tile.
extern "C" __global__ void mirror_upper(float* h, long stride, long n) {
    __shared__ float tile[TILE][TILE + 1];
    if (blockIdx.x < blockIdx.y) {
        return;
    }
    long top = (long)blockIdx.y * TILE;
    long left = (long)blockIdx.x * TILE;
    int x = threadIdx.x % TILE;
    for (int y = threadIdx.x / TILE; y < TILE; y += blockDim.x / TILE) {
        if (top + y < n && left + x < n) {
            tile[y][x] = h[(top + y) * stride + left + x];
        }
    }
    __syncthreads();
    for (int y = threadIdx.x / TILE; y < TILE; y += blockDim.x / TILE) {
        if (left + y < n && top + x < left + y) {
            h[(left + y) * stride + top + x] = tile[x][y];
        }
    }
}

// One sum of A_ij B_ij for each block, in double.
extern "C" __global__ void dot(const float* a, long stride_a, const float* b, long stride_b, long rows, long cols,
                               int shift, double* sums) {
    __shared__ double scratch[WARP];
    double sum = 0;
    FOR_EACH_ELEMENT(row, col) {
        sum += (double)a[row * stride_a + col] * b[row * stride_b + col];
    }
    sum = block_sum(sum, scratch);
    if (threadIdx.x == 0) {
        sums[blockIdx.y * gridDim.x + blockIdx.x] = sum;
    }
}

// The sum of `count` doubles, by one block.
extern "C" __global__ void total(const double* sums, long count, double* result) {
    __shared__ double scratch[WARP];
    double sum = 0;
    for (long i = threadIdx.x; i < count; i += blockDim.x) {
        sum += sums[i];
    }
    sum = block_sum(sum, scratch);
    if (threadIdx.x == 0) {
        *result = sum;
    }
}

// Adds the number of zeros to *count, which begins as 0.
extern "C" __global__ void count_zeros(const float* a, long stride, long rows, long cols, int shift,
                                       unsigned long long* count) {
    __shared__ unsigned long long scratch[WARP];
    unsigned long long zeros = 0;
    FOR_EACH_ELEMENT(row, col) {
        zeros += a[row * stride + col] == 0;
    }
    zeros = block_sum(zeros, scratch);
    if (threadIdx.x == 0 && zeros > 0) {
        atomicAdd(count, zeros);
    }
}

// Lowers *first, which begins as the largest number, to the place of the first element that is
// not finite, counted row by row.
extern "C" __global__ void first_non_finite(const float* a, long stride, long rows, long cols, int shift,
                                            unsigned long long* first) {
    FOR_EACH_ELEMENT(row, col) {
        if ((__float_as_uint(a[row * stride + col]) & 0x7f800000u) == 0x7f800000u) {
            atomicMin(first, (unsigned long long)(row * cols + col));
        }
    }
}

// M := 1 where A is not 0, else 0.
extern "C" __global__ void kept(const float* a, long stride_a, float* m, long stride_m, long rows, long cols, int shift) {
    FOR_EACH_ELEMENT(row, col) {
        m[row * stride_m + col] = a[row * stride_a + col] == 0 ? 0.0f : 1.0f;
    }
}

// V := Q where it is not 0, else G / d.
extern "C" __global__ void propose(const float* q, long stride_q, const float* g, long stride_g, const float* d, long,
                                   float* v, long stride_v, long rows, long cols, int shift) {
    FOR_EACH_ELEMENT(row, col) {
        float kept = q[row * stride_q + col];
        v[row * stride_v + col] = kept == 0 ? g[row * stride_g + col] / d[col] : kept;
    }
}
