package io.sparsemesh.cuda.driver;

import io.sparsemesh.engine.device.DeviceException;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/// The status codes of the driver's functions.
final class Status {

    private Status() {}

    /// @throws DeviceException with the status' name and text, unless it is success
    static void check(String operation, int status) {
        if (status != CUresult.CUDA_SUCCESS) {
            throw failure(operation, status);
        }
    }

    static DeviceException failure(String operation, int status) {
        String[] text = new String[1];
        JCudaDriver.cuGetErrorString(status, text);
        return new DeviceException(
                operation, status, "%s: %s".formatted(CUresult.stringFor(status), text[0]));
    }
}
