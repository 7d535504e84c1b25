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
        String message = "%s: %s".formatted(CUresult.stringFor(status), text[0]);
        return isLoss(status)
                ? DeviceException.lost(operation, status, message)
                : new DeviceException(operation, status, message);
    }

    /// Whether every later call of the process gets an error, too: those of which the driver's
    /// documentation says that the process must be terminated and launched anew, and those of
    /// hardware that is gone. Too little memory is none of them.
    static boolean isLoss(int status) {
        return switch (status) {
            case CUresult.CUDA_ERROR_DEINITIALIZED,
                    CUresult.CUDA_ERROR_ECC_UNCORRECTABLE,
                    CUresult.CUDA_ERROR_NVLINK_UNCORRECTABLE,
                    CUresult.CUDA_ERROR_ILLEGAL_ADDRESS,
                    CUresult.CUDA_ERROR_LAUNCH_TIMEOUT,
                    CUresult.CUDA_ERROR_CONTEXT_IS_DESTROYED,
                    CUresult.CUDA_ERROR_ASSERT,
                    CUresult.CUDA_ERROR_HARDWARE_STACK_ERROR,
                    CUresult.CUDA_ERROR_ILLEGAL_INSTRUCTION,
                    CUresult.CUDA_ERROR_MISALIGNED_ADDRESS,
                    CUresult.CUDA_ERROR_INVALID_ADDRESS_SPACE,
                    CUresult.CUDA_ERROR_INVALID_PC,
                    CUresult.CUDA_ERROR_LAUNCH_FAILED,
                    CUresult.CUDA_ERROR_UNKNOWN ->
                    true;
            default -> false;
        };
    }
}
