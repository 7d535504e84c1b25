// The functions of CUDA's driver that the device uses, over host memory: memory is malloc'ed,
// streams are in order because everything happens at once, a module is a shared library.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <cstdio>
#include <dlfcn.h>
#include <map>
#include <mutex>

extern "C" {

typedef int CUresult;
typedef uintptr_t CUdeviceptr;
static const CUresult SUCCESS = 0, INVALID = 1, OUT_OF_MEMORY = 2, NO_DEVICE = 100, NOT_FOUND = 500;
static size_t TOTAL = (size_t)8 << 30;
static std::map<CUdeviceptr, size_t> blocks;
static size_t used = 0;
static std::mutex lock;

// SPARSEMESH_EMULATED_GPUS=0 makes a machine with a driver and no GPU.
CUresult cuInit(unsigned) {
    const char* count = std::getenv("SPARSEMESH_EMULATED_GPUS");
    return count && *count == '0' ? NO_DEVICE : SUCCESS;
}
CUresult cuDeviceGetCount(int* n) { *n = 1; return SUCCESS; }
CUresult cuDeviceGet(int* device, int ordinal) { *device = ordinal; return ordinal == 0 ? SUCCESS : INVALID; }
CUresult cuDeviceGetName(char* name, int length, int) { std::snprintf(name, length, "emulated GPU"); return SUCCESS; }
CUresult cuDeviceGetPCIBusId(char* id, int length, int) { std::snprintf(id, length, "0000:65:00.0"); return SUCCESS; }
CUresult cuDeviceTotalMem_v2(size_t* bytes, int) { *bytes = TOTAL; return SUCCESS; }
CUresult cuDeviceTotalMem(size_t* bytes, int) { *bytes = TOTAL; return SUCCESS; }
CUresult cuDriverGetVersion(int* version) { *version = 13000; return SUCCESS; }
CUresult cuDeviceGetAttribute(int* value, int attribute, int) {
    switch (attribute) {
        case 75: *value = 9; break;   // compute capability
        case 76: *value = 0; break;
        case 16: *value = 4; break;   // multiprocessors
        case 97: *value = 227 << 10; break;
        default: *value = 0;
    }
    return SUCCESS;
}
CUresult cuDevicePrimaryCtxRetain(void** context, int) { *context = (void*)16; return SUCCESS; }
CUresult cuDevicePrimaryCtxRelease(int) { return SUCCESS; }
CUresult cuDevicePrimaryCtxRelease_v2(int) { return SUCCESS; }
CUresult cuCtxSetCurrent(void*) { return SUCCESS; }
CUresult cuStreamCreate(void** stream, unsigned) { *stream = (void*)32; return SUCCESS; }
CUresult cuStreamDestroy(void*) { return SUCCESS; }
CUresult cuStreamDestroy_v2(void*) { return SUCCESS; }
// What every wait for the stream gives from now on: for tests, no function of CUDA.
static CUresult waiting = SUCCESS;
void emulatorFailWaits(int status) { waiting = (CUresult)status; }
CUresult cuStreamSynchronize(void*) { return waiting; }
CUresult cuEventCreate(void** event, unsigned) { *event = (void*)48; return SUCCESS; }
CUresult cuEventDestroy(void*) { return SUCCESS; }
CUresult cuEventDestroy_v2(void*) { return SUCCESS; }
CUresult cuEventRecord(void*, void*) { return SUCCESS; }
// Says that nothing is done before it is waited for, so that loads take memory of their own.
CUresult cuEventQuery(void*) { return 600; }
CUresult cuEventSynchronize(void*) { return SUCCESS; }
CUresult cuStreamWaitEvent(void*, void*, unsigned) { return SUCCESS; }

// Leaves so many bytes free from now on: for tests, no function of CUDA.
void emulatorLeave(size_t bytes) {
    std::lock_guard<std::mutex> guard(lock);
    TOTAL = used + bytes;
}
CUresult cuMemAlloc_v2(CUdeviceptr* p, size_t bytes) {
    std::lock_guard<std::mutex> guard(lock);
    if (used + bytes > TOTAL) return OUT_OF_MEMORY;
    void* memory = nullptr;
    if (posix_memalign(&memory, 512, bytes)) return OUT_OF_MEMORY;
    std::memset(memory, 0xff, bytes);
    *p = (CUdeviceptr)memory;
    blocks[*p] = bytes;
    used += bytes;
    return SUCCESS;
}
CUresult cuMemAlloc(CUdeviceptr* p, size_t bytes) { return cuMemAlloc_v2(p, bytes); }
CUresult cuMemFree_v2(CUdeviceptr p) {
    std::lock_guard<std::mutex> guard(lock);
    auto found = blocks.find(p);
    if (found == blocks.end()) return INVALID;
    used -= found->second;
    std::free((void*)p);
    blocks.erase(found);
    return SUCCESS;
}
CUresult cuMemFree(CUdeviceptr p) { return cuMemFree_v2(p); }
CUresult cuMemGetInfo_v2(size_t* free, size_t* total) { *free = TOTAL - used; *total = TOTAL; return SUCCESS; }
CUresult cuMemGetInfo(size_t* free, size_t* total) { return cuMemGetInfo_v2(free, total); }
CUresult cuMemHostAlloc(void** p, size_t bytes, unsigned) { return posix_memalign(p, 512, bytes) ? OUT_OF_MEMORY : SUCCESS; }
CUresult cuMemFreeHost(void* p) { std::free(p); return SUCCESS; }

// Whether a range lies in one block of device memory.
static bool inside(CUdeviceptr p, size_t bytes) {
    std::lock_guard<std::mutex> guard(lock);
    auto next = blocks.upper_bound(p);
    if (next == blocks.begin()) return false;
    --next;
    return p + bytes <= next->first + next->second;
}

struct CUDA_MEMCPY2D {
    size_t srcXInBytes, srcY;
    unsigned srcMemoryType;
    const void* srcHost;
    CUdeviceptr srcDevice;
    void* srcArray;
    size_t srcPitch;
    size_t dstXInBytes, dstY;
    unsigned dstMemoryType;
    void* dstHost;
    CUdeviceptr dstDevice;
    void* dstArray;
    size_t dstPitch;
    size_t WidthInBytes, Height;
};
CUresult cuMemcpy2DAsync_v2(const CUDA_MEMCPY2D* copy, void*) {
    bool from_device = copy->srcMemoryType == 2, to_device = copy->dstMemoryType == 2;
    const char* from = from_device ? (const char*)copy->srcDevice : (const char*)copy->srcHost;
    char* to = to_device ? (char*)copy->dstDevice : (char*)copy->dstHost;
    if (copy->Height == 0 || copy->WidthInBytes == 0) return SUCCESS;
    if (copy->srcPitch < copy->WidthInBytes || copy->dstPitch < copy->WidthInBytes) return INVALID;
    if (copy->srcPitch > 0x7fffffff || copy->dstPitch > 0x7fffffff) return INVALID;
    size_t from_span = (copy->Height - 1) * copy->srcPitch + copy->WidthInBytes;
    size_t to_span = (copy->Height - 1) * copy->dstPitch + copy->WidthInBytes;
    if (from_device && !inside((CUdeviceptr)from, from_span)) return INVALID;
    if (to_device && !inside((CUdeviceptr)to, to_span)) return INVALID;
    for (size_t row = 0; row < copy->Height; row++) {
        std::memcpy(to + row * copy->dstPitch, from + row * copy->srcPitch, copy->WidthInBytes);
    }
    return SUCCESS;
}
CUresult cuMemcpy2DAsync(const CUDA_MEMCPY2D* copy, void* s) { return cuMemcpy2DAsync_v2(copy, s); }
CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void* from, size_t bytes, void*) {
    if (!inside(to, bytes)) return INVALID;
    std::memcpy((void*)to, from, bytes);
    return SUCCESS;
}
CUresult cuMemcpyHtoDAsync(CUdeviceptr to, const void* from, size_t bytes, void* s) { return cuMemcpyHtoDAsync_v2(to, from, bytes, s); }
CUresult cuMemcpyDtoHAsync_v2(void* to, CUdeviceptr from, size_t bytes, void*) {
    if (!inside(from, bytes)) return INVALID;
    std::memcpy(to, (void*)from, bytes);
    return SUCCESS;
}
CUresult cuMemcpyDtoHAsync(void* to, CUdeviceptr from, size_t bytes, void* s) { return cuMemcpyDtoHAsync_v2(to, from, bytes, s); }
CUresult cuMemsetD8Async(CUdeviceptr p, unsigned char value, size_t bytes, void*) {
    if (!inside(p, bytes)) return INVALID;
    std::memset((void*)p, value, bytes);
    return SUCCESS;
}

CUresult cuModuleLoadData(void** module, const void* image) {
    *module = dlopen((const char*)image, RTLD_NOW | RTLD_LOCAL);
    if (!*module) { std::fprintf(stderr, "emulator: %s\n", dlerror()); return NOT_FOUND; }
    return SUCCESS;
}
CUresult cuModuleUnload(void*) { return SUCCESS; }
CUresult cuModuleGetFunction(void** function, void* module, const char* name) {
    char symbol[256];
    std::snprintf(symbol, sizeof symbol, "emulate_%s", name);
    *function = dlsym(module, symbol);
    return *function ? SUCCESS : NOT_FOUND;
}
CUresult cuFuncSetAttribute(void*, int, int) { return SUCCESS; }

typedef void (*Launcher)(unsigned, unsigned, unsigned, unsigned, void**);
CUresult cuLaunchKernel(void* function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                        unsigned shared, void*, void** arguments, void**) {
    if (!gx || !gy || gz != 1 || !bx || by != 1 || bz != 1 || bx > 1024 || gy > 65535 || shared > (227u << 10)) return INVALID;
    std::lock_guard<std::mutex> guard(lock);
    ((Launcher)function)(gx, gy, bx, shared, arguments);
    return SUCCESS;
}

CUresult cuGetErrorString(CUresult, const char** text) { *text = "said the emulated driver"; return SUCCESS; }
CUresult cuGetErrorName(CUresult, const char** text) { *text = "EMULATED"; return SUCCESS; }

}
