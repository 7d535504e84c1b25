package io.sparsemesh.cuda.nvml;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.sparsemesh.cuda.library.CudaLibraries;
import io.sparsemesh.cuda.library.NativeFunction;
import io.sparsemesh.engine.device.DeviceException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.util.OptionalDouble;

/// What NVIDIA's management library says about one GPU: the functions of `nvml.h` that are used
/// here. It comes with the driver, and containers may do without it. Any thread may call.
public final class Nvml {

    /// `nvmlUtilization_t`, both in percent.
    private static final StructLayout UTILISATION =
            MemoryLayout.structLayout(JAVA_INT.withName("gpu"), JAVA_INT.withName("memory"));

    private final NativeFunction rates;
    private final MemorySegment device;

    private Nvml(NativeFunction rates, MemorySegment device) {
        this.rates = rates;
        this.device = device;
    }

    /// @param busId of the GPU, such as `0000:65:00.0`
    /// @throws DeviceException when the library is not there or does not know the GPU
    public static Nvml of(String busId) {
        CudaLibraries.Found library = CudaLibraries.management();
        NativeFunction init = NativeFunction.of(library, "nvmlInit_v2");
        NativeFunction find =
                NativeFunction.of(library, "nvmlDeviceGetHandleByPciBusId_v2", ADDRESS, ADDRESS);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment found = arena.allocate(ADDRESS);
            check("nvmlInit", (int) init.handle().invokeExact());
            check(
                    "nvmlDeviceGetHandleByPciBusId",
                    (int) find.handle().invokeExact(arena.allocateFrom(busId), found));
            NativeFunction rates =
                    NativeFunction.of(library, "nvmlDeviceGetUtilizationRates", ADDRESS, ADDRESS);
            return new Nvml(rates, found.get(ADDRESS, 0));
        } catch (Throwable e) { // invokeExact declares it
            throw NativeFunction.thrown("nvmlDeviceGetHandleByPciBusId", e);
        }
    }

    private static void check(String function, int status) {
        if (status != 0) {
            throw new DeviceException(
                    function, status, "expected status 0, found %d".formatted(status));
        }
    }

    /// The share of the last moments, of which the driver chooses the length, in which a kernel ran
    /// on the GPU, whatever process gave it; empty where the driver does not say, as of parts of a
    /// GPU.
    public OptionalDouble utilisation() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment found = arena.allocate(UTILISATION);
            int status = (int) rates.handle().invokeExact(device, found);
            return status == 0
                    ? OptionalDouble.of(found.get(JAVA_INT, 0) / 100.0)
                    : OptionalDouble.empty();
        } catch (Throwable e) { // invokeExact declares it
            throw NativeFunction.thrown("nvmlDeviceGetUtilizationRates", e);
        }
    }
}
