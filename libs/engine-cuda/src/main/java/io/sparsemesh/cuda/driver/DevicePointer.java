package io.sparsemesh.cuda.driver;

import jcuda.driver.CUdeviceptr;

/// An address in device memory, which JCuda keeps to itself.
final class DevicePointer extends CUdeviceptr {

    /// What an allocation wrote here.
    long address() {
        return getNativePointer();
    }

    static CUdeviceptr of(long address) {
        return new CUdeviceptr().withByteOffset(address);
    }
}
