package io.sparsemesh.cuda.driver;

import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR;
import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR;
import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import jcuda.driver.CUdevice;
import jcuda.driver.JCudaDriver;

/// What the driver says about a GPU.
///
/// @param name such as `NVIDIA H200`
/// @param capability compute capability, 90 for 9.0
/// @param multiprocessors how many
/// @param memory bytes
/// @param driver its version and the newest one of CUDA that it serves, such as
///     `580.82.07 for CUDA 13.0`, or the latter alone where the system does not tell the former
/// @param busId where it is on the PCI bus, such as `0000:65:00.0`
public record DeviceFacts(
        String name,
        int capability,
        int multiprocessors,
        long memory,
        String driver,
        String busId) {

    private static final int NAME = 256;
    private static final int BUS_ID = 32;

    /// Version of the driver's part in the kernel, which `nvidia-smi` calls the driver's.
    private static final Path KERNEL_MODULE = Path.of("/sys/module/nvidia/version");

    static DeviceFacts of(CUdevice device) {
        byte[] name = new byte[NAME];
        String[] busId = new String[1];
        long[] memory = new long[1];
        int[] version = new int[1];
        Status.check("cuDeviceGetName", JCudaDriver.cuDeviceGetName(name, NAME, device));
        Status.check("cuDeviceGetPCIBusId", JCudaDriver.cuDeviceGetPCIBusId(busId, BUS_ID, device));
        Status.check("cuDeviceTotalMem", JCudaDriver.cuDeviceTotalMem(memory, device));
        Status.check("cuDriverGetVersion", JCudaDriver.cuDriverGetVersion(version));
        return new DeviceFacts(
                new String(name, StandardCharsets.UTF_8).trim(),
                10 * attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, device)
                        + attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, device),
                attribute(CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, device),
                memory[0],
                driver(KERNEL_MODULE, version[0]),
                busId[0]);
    }

    static String driver(Path module, int cuda) {
        String serves = "for CUDA %d.%d".formatted(cuda / 1000, cuda % 1000 / 10);
        try {
            return Files.readString(module).strip() + " " + serves;
        } catch (IOException e) {
            return serves; // Containers may hide it.
        }
    }

    private static int attribute(int attribute, CUdevice device) {
        int[] value = new int[1];
        Status.check(
                "cuDeviceGetAttribute", JCudaDriver.cuDeviceGetAttribute(value, attribute, device));
        return value[0];
    }

    /// The name of its architecture for compilers, such as `sm_90`.
    public String architecture() {
        return "sm_" + capability;
    }
}
