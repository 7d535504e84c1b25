// What stands before every source of kernels. Matrices are row-major: a pointer to element (0, 0)
// and the distance of two rows in elements. The sources also compile as C++ for a host that
// emulates a device's threads (SPARSEMESH_EMULATED), where SHARED_BUFFER and the conversions below
// are the host's.

typedef unsigned short half_t;  // the bits of an F16 or a BF16

#define WARP 32
#define FULL_WARP 0xffffffffu

#ifndef SPARSEMESH_EMULATED

#define SHARED_BUFFER(type, name) \
    extern __shared__ __align__(16) unsigned char sparsemesh_shared[]; \
    type* name = reinterpret_cast<type*>(sparsemesh_shared)

static __device__ __forceinline__ half_t to_half(float x) {
    half_t bits;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(x));
    return bits;
}

static __device__ __forceinline__ float from_half(half_t bits) {
    float x;
    asm("cvt.f32.f16 %0, %1;" : "=f"(x) : "h"(bits));
    return x;
}

#endif

// To the nearest BF16, halves to even; what is not a number stays none.
static __device__ __forceinline__ half_t to_bfloat(float x) {
    unsigned bits = __float_as_uint(x);
    if ((bits & 0x7fffffffu) > 0x7f800000u) {
        return (half_t)(bits >> 16 | 0x40);
    }
    return (half_t)((bits + 0x7fffu + (bits >> 16 & 1)) >> 16);
}

static __device__ __forceinline__ float from_bfloat(half_t bits) {
    return __uint_as_float((unsigned)bits << 16);
}

// Each thread of the grid takes elements of a matrix [rows x cols]: blocks are 2^shift threads
// wide and as high as they have threads.
#define FOR_EACH_ELEMENT(row, col) \
    for (long row = (long)blockIdx.y * (blockDim.x >> shift) + (threadIdx.x >> shift); row < rows; \
         row += (long)gridDim.y * (blockDim.x >> shift)) \
        for (long col = ((long)blockIdx.x << shift) + (threadIdx.x & ((1 << shift) - 1)); col < cols; \
             col += (long)gridDim.x << shift)

// The first column of head h: out of a list, or heads at a constant spacing where there is none.
static __device__ __forceinline__ long head_column(const long* columns, long first, long spacing, long h) {
    return columns ? columns[h] : first + h * spacing;
}

// The sum over all threads of a block, in a fixed order, for all of them. `scratch` has room for
// one value of each warp and may be used again at once.
template <typename T>
static __device__ T block_sum(T value, T* scratch) {
    for (int offset = WARP / 2; offset > 0; offset /= 2) {
        value += __shfl_xor_sync(FULL_WARP, value, offset);
    }
    int warps = blockDim.x / WARP;
    if (threadIdx.x % WARP == 0) {
        scratch[threadIdx.x / WARP] = value;
    }
    __syncthreads();
    T sum = 0;
    for (int warp = 0; warp < warps; warp++) {
        sum += scratch[warp];
    }
    __syncthreads();
    return sum;
}

// The largest value of all threads of a block, likewise.
static __device__ float block_max(float value, float* scratch) {
    for (int offset = WARP / 2; offset > 0; offset /= 2) {
        value = fmaxf(value, __shfl_xor_sync(FULL_WARP, value, offset));
    }
    int warps = blockDim.x / WARP;
    if (threadIdx.x % WARP == 0) {
        scratch[threadIdx.x / WARP] = value;
    }
    __syncthreads();
    float largest = scratch[0];
    for (int warp = 1; warp < warps; warp++) {
        largest = fmaxf(largest, scratch[warp]);
    }
    __syncthreads();
    return largest;
}
