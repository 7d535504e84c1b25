// The functions of cuBLAS that the device uses, as plain loops with sums in double, by columns.
#include <cstdint>
#include <cstring>

extern "C" {

typedef int Status;

static double load(const void* p, int type, int64_t i) {
    switch (type) {
        case 0: return ((const float*)p)[i];
        case 1: return ((const double*)p)[i];
        case 2: { _Float16 h; std::memcpy(&h, (const char*)p + 2 * i, 2); return (double)h; }
        case 14: { uint32_t u = (uint32_t)((const uint16_t*)p)[i] << 16; float x; std::memcpy(&x, &u, 4); return x; }
    }
    return 0 / 0.0;
}

static void store(void* p, int type, int64_t i, double x) {
    if (type == 1) ((double*)p)[i] = x;
    else if (type == 2) { _Float16 h = (_Float16)x; std::memcpy((char*)p + 2 * i, &h, 2); }
    else if (type == 14) { float f = (float)x; uint32_t u; std::memcpy(&u, &f, 4); ((uint16_t*)p)[i] = (u + 0x7fff + (u >> 16 & 1)) >> 16; }
    else ((float*)p)[i] = (float)x;
}

static double factor(const void* p, int compute) {
    return compute == 70 ? *(const double*)p : *(const float*)p;
}

Status cublasCreate_v2(void** handle) { *handle = (void*)64; return 0; }
Status cublasDestroy_v2(void*) { return 0; }
Status cublasSetStream_v2(void*, void*) { return 0; }
Status cublasSetWorkspace_v2(void*, void*, size_t) { return 0; }
Status cublasGetVersion_v2(void*, int* version) { *version = 130000; return 0; }

Status cublasGemmEx(void*, int opa, int opb, int m, int n, int k, const void* alpha, const void* a, int ta, int lda,
                    const void* b, int tb, int ldb, const void* beta, void* c, int tc, int ldc, int compute, int) {
    if (lda < (opa ? k : m) || ldb < (opb ? n : k) || ldc < m) return 7;
    if (ta != tb) return 15;
    double x = factor(alpha, compute), y = factor(beta, compute);
    for (int64_t j = 0; j < n; j++) {
        for (int64_t i = 0; i < m; i++) {
            double sum = 0;
            for (int64_t l = 0; l < k; l++) {
                sum += load(a, ta, opa ? i * lda + l : l * lda + i) * load(b, tb, opb ? l * ldb + j : j * ldb + l);
            }
            store(c, tc, j * ldc + i, x * sum + (y == 0 ? 0 : y * load(c, tc, j * ldc + i)));
        }
    }
    return 0;
}

Status cublasGemmBatchedEx(void* h, int opa, int opb, int m, int n, int k, const void* alpha, const void* const* a, int ta, int lda,
                           const void* const* b, int tb, int ldb, const void* beta, void* const* c, int tc, int ldc, int count, int compute, int algo) {
    for (int i = 0; i < count; i++) {
        Status status = cublasGemmEx(h, opa, opb, m, n, k, alpha, a[i], ta, lda, b[i], tb, ldb, beta, c[i], tc, ldc, compute, algo);
        if (status) return status;
    }
    return 0;
}

}
