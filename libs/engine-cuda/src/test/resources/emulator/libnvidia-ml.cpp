// The functions of NVIDIA's management library that the device uses, for the GPU of libcuda.cpp.
#include <cstring>

extern "C" {

typedef int nvmlReturn;
static const nvmlReturn SUCCESS = 0, UNINITIALIZED = 1, NOT_SUPPORTED = 3, NOT_FOUND = 6;
static bool initialised = false;
static unsigned percent = 37;

struct Utilization { unsigned gpu, memory; };

// What the GPU is said to do from now on, over 100 for one that does not say: for tests, no function of NVML.
void emulatorSetUtilisation(unsigned now) { percent = now; }

nvmlReturn nvmlInit_v2() { initialised = true; return SUCCESS; }
nvmlReturn nvmlDeviceGetHandleByPciBusId_v2(const char* id, void** device) {
    if (!initialised) return UNINITIALIZED;
    if (std::strcmp(id, "0000:65:00.0") != 0) return NOT_FOUND;
    *device = (void*)80;
    return SUCCESS;
}
nvmlReturn nvmlDeviceGetUtilizationRates(void* device, Utilization* found) {
    if (device != (void*)80) return NOT_FOUND;
    if (percent > 100) return NOT_SUPPORTED;
    found->gpu = percent;
    found->memory = 11;
    return SUCCESS;
}
}
