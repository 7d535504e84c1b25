// CUDA's threads on a host: the blocks of a grid run one after the other, the threads of a block as
// fibers that change places at barriers. Just enough of CUDA C++ for the project's own kernels.
#pragma once

#define SPARSEMESH_EMULATED 1

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>
#include <ucontext.h>

#define __global__
#define __device__
#define __forceinline__ inline
#define __restrict__
#define __shared__ static
#define __align__(n) alignas(n)
#define __launch_bounds__(...)
#define SHARED_BUFFER(type, name) type* name = reinterpret_cast<type*>(emulated::shared())

struct uint3 { unsigned x, y, z; };
struct float4 { float x, y, z, w; };
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }

static uint3 threadIdx, blockIdx, blockDim, gridDim;

namespace emulated {

constexpr int LARGEST_BLOCK = 1024;
constexpr size_t STACK = 64 << 10;

struct Fiber {
    ucontext_t context;
    bool done;
    // The barrier it waits at: 0 for none, 1 for that of the block, 2 for that of its warp.
    int waits;
    std::vector<char> stack;
};

static Fiber fibers[LARGEST_BLOCK];
static ucontext_t scheduler;
static int current;
static std::vector<unsigned char> shared_memory;
static unsigned long long slots[LARGEST_BLOCK];
static void (*body)(void*);
static void* body_arguments;

inline unsigned char* shared() { return shared_memory.data(); }

static void run_fiber() {
    body(body_arguments);
    fibers[current].done = true;
    swapcontext(&fibers[current].context, &scheduler);
}

inline void wait(int barrier) {
    fibers[current].waits = barrier;
    swapcontext(&fibers[current].context, &scheduler);
}

// Runs the fibers from..to until all that are not done wait, then lets those go on that wait at a
// barrier which all of `from..to` have reached.
static bool release(int from, int to, int barrier) {
    bool any = false;
    for (int i = from; i < to; i++) {
        if (!fibers[i].done && fibers[i].waits != barrier) return false;
        any |= !fibers[i].done;
    }
    for (int i = from; i < to; i++) fibers[i].waits = 0;
    return any;
}

static void run_block(int threads) {
    for (int i = 0; i < threads; i++) {
        Fiber& fiber = fibers[i];
        fiber.stack.resize(STACK);
        getcontext(&fiber.context);
        fiber.context.uc_stack.ss_sp = fiber.stack.data();
        fiber.context.uc_stack.ss_size = STACK;
        fiber.context.uc_link = nullptr;
        makecontext(&fiber.context, run_fiber, 0);
        fiber.done = false;
        fiber.waits = 0;
    }
    for (;;) {
        bool ran = false, left = false;
        for (int i = 0; i < threads; i++) {
            if (fibers[i].done) continue;
            left = true;
            if (fibers[i].waits) continue;
            current = i;
            threadIdx.x = i;
            swapcontext(&scheduler, &fibers[i].context);
            ran = true;
        }
        if (!left) return;
        for (int warp = 0; warp < threads; warp += 32) {
            ran |= release(warp, warp + 32 < threads ? warp + 32 : threads, 2);
        }
        ran |= release(0, threads, 1);
        if (!ran) {
            std::fprintf(stderr, "emulator: threads of a block wait at different barriers\n");
            std::abort();
        }
    }
}

template <class... A, size_t... I>
void call(void (*kernel)(A...), void** arguments, std::index_sequence<I...>) {
    kernel(*reinterpret_cast<std::remove_reference_t<std::remove_cv_t<A>>*>(arguments[I])...);
}

template <class... A>
void launch(void (*kernel)(A...), unsigned gx, unsigned gy, unsigned threads, unsigned shared, void** arguments) {
    struct Call { void (*kernel)(A...); void** arguments; } now{kernel, arguments};
    body = [](void* p) {
        Call* c = static_cast<Call*>(p);
        call(c->kernel, c->arguments, std::index_sequence_for<A...>{});
    };
    body_arguments = &now;
    gridDim = {gx, gy, 1};
    blockDim = {threads, 1, 1};
    threadIdx = {0, 0, 0};
    for (unsigned y = 0; y < gy; y++) {
        for (unsigned x = 0; x < gx; x++) {
            blockIdx = {x, y, 0};
            // What a block finds in its memory is not specified: here it is never a number.
            shared_memory.assign(shared + 16, 0xff);
            run_block(threads);
        }
    }
}

}  // namespace emulated

inline void __syncthreads() { emulated::wait(1); }
inline void __syncwarp(unsigned = 0) { emulated::wait(2); }

// A shuffle is two barriers of the warp around an exchange.
template <typename T>
inline T exchange(T value, int from) {
    static_assert(sizeof(T) <= sizeof(unsigned long long), "shuffles of 8 bytes at most");
    int self = emulated::current;
    std::memcpy(&emulated::slots[self], &value, sizeof(T));
    emulated::wait(2);
    T got;
    std::memcpy(&got, &emulated::slots[self / 32 * 32 + from], sizeof(T));
    emulated::wait(2);
    return got;
}

template <typename T> inline T __shfl_xor_sync(unsigned, T value, int mask) { return exchange(value, (emulated::current % 32) ^ mask); }
template <typename T> inline T __shfl_sync(unsigned, T value, int lane) { return exchange(value, lane % 32); }
template <typename T> inline T __shfl_down_sync(unsigned, T value, int by) {
    int from = emulated::current % 32 + by;
    return exchange(value, from < 32 ? from : emulated::current % 32);
}
template <typename T> inline T __shfl_up_sync(unsigned, T value, int by) {
    int from = emulated::current % 32 - by;
    return exchange(value, from >= 0 ? from : emulated::current % 32);
}
inline unsigned __ballot_sync(unsigned, int predicate) {
    int self = emulated::current;
    emulated::slots[self] = predicate != 0;
    emulated::wait(2);
    unsigned votes = 0;
    for (int i = 0; i < 32; i++) votes |= (unsigned)emulated::slots[self / 32 * 32 + i] << i;
    emulated::wait(2);
    return votes;
}
inline int __popc(unsigned x) { return __builtin_popcount(x); }

template <typename T, typename U> inline T atomicAdd(T* p, U v) { T old = *p; *p = old + (T)v; return old; }
template <typename T, typename U> inline T atomicMin(T* p, U v) { T old = *p; if ((T)v < old) *p = (T)v; return old; }
template <typename T, typename U> inline T atomicMax(T* p, U v) { T old = *p; if ((T)v > old) *p = (T)v; return old; }
inline void __threadfence() {}

inline unsigned __float_as_uint(float x) { unsigned u; std::memcpy(&u, &x, 4); return u; }
inline int __float_as_int(float x) { int u; std::memcpy(&u, &x, 4); return u; }
inline float __uint_as_float(unsigned u) { float x; std::memcpy(&x, &u, 4); return x; }
inline float __int_as_float(int u) { float x; std::memcpy(&x, &u, 4); return x; }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __fmul_rn(float a, float b) { volatile float p = a * b; return p; }
inline float __fadd_rn(float a, float b) { volatile float p = a + b; return p; }
inline float __ldg(const float* p) { return *p; }
inline float rsqrtf(float x) { return 1.0f / std::sqrt(x); }
using std::isfinite;
template <typename T> inline T min(T a, T b) { return b < a ? b : a; }
template <typename T> inline T max(T a, T b) { return a < b ? b : a; }

typedef unsigned short half_bits_;
inline half_bits_ to_half(float x) { _Float16 h = (_Float16)x; half_bits_ b; std::memcpy(&b, &h, 2); return b; }
inline float from_half(half_bits_ b) { _Float16 h; std::memcpy(&h, &b, 2); return (float)h; }
