package io.sparsemesh.cuda.driver;

import io.sparsemesh.cuda.nvml.Nvml;
import io.sparsemesh.engine.device.DeviceException;
import io.sparsemesh.engine.device.DeviceMemory;
import java.util.Optional;
import java.util.OptionalDouble;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.JCudaDriver;

/// A GPU in use: its context, its stream and its memory. Operations are given to the stream and
/// run in that order; the caller waits where it wants results. Any thread may call.
public final class CudaContext implements AutoCloseable {

    private final CUdevice device = new CUdevice();
    private final CUcontext context = new CUcontext();
    private final DeviceFacts facts;
    private final Optional<Nvml> nvml;
    private final Stream stream;
    private final DevicePool pool;
    private final Transfers transfers;
    private final Launcher launcher;
    private final Loads loads;
    private final Profile profile = new Profile();

    /// @param ordinal which of the GPUs that the process may use, from 0
    /// @throws DeviceException when there is none such, or it cannot be used
    public CudaContext(int ordinal) {
        int devices = Driver.devices();
        if (ordinal >= devices) {
            throw new DeviceException(
                    "open cuda", 0, "GPU %d: expected one of %d".formatted(ordinal, devices));
        }
        Driver.load();
        Status.check("cuDeviceGet", JCudaDriver.cuDeviceGet(device, ordinal));
        facts = DeviceFacts.of(device);
        nvml = nvml(facts.busId());
        Status.check(
                "cuDevicePrimaryCtxRetain", JCudaDriver.cuDevicePrimaryCtxRetain(context, device));
        enter();
        stream = new Stream();
        pool = new DevicePool(this);
        transfers = new Transfers(this);
        launcher = new Launcher();
        loads = new Loads(this);
    }

    /// Nothing depends on it.
    private static Optional<Nvml> nvml(String busId) {
        try {
            return Optional.of(Nvml.of(busId));
        } catch (DeviceException e) {
            return Optional.empty();
        }
    }

    public DeviceFacts facts() {
        return facts;
    }

    public Stream stream() {
        return stream;
    }

    public DevicePool pool() {
        return pool;
    }

    public Loads loads() {
        return loads;
    }

    Launcher launcher() {
        return launcher;
    }

    public Profile profile() {
        return profile;
    }

    public Transfers transfers() {
        return transfers;
    }

    /// Makes this context the calling thread's: each call of the driver needs that.
    public void enter() {
        Status.check("cuCtxSetCurrent", JCudaDriver.cuCtxSetCurrent(context));
    }

    /// Waits until all operations given so far are done.
    ///
    /// @throws DeviceException when one of them failed
    public void synchronize() {
        enter();
        stream.synchronize();
    }

    /// What is in use now, by this and other processes.
    public DeviceMemory memory() {
        enter();
        long[] free = new long[1];
        long[] total = new long[1];
        Status.check("cuMemGetInfo", JCudaDriver.cuMemGetInfo(free, total));
        return new DeviceMemory(total[0] - free[0] - pool.idle(), total[0]);
    }

    /// As [Nvml#utilisation]; empty without that library.
    public OptionalDouble utilisation() {
        return nvml.map(Nvml::utilisation).orElseGet(OptionalDouble::empty);
    }

    @Override
    public void close() {
        enter();
        profile.print();
        launcher.close();
        loads.close();
        transfers.close();
        pool.close();
        stream.close();
        JCudaDriver.cuDevicePrimaryCtxRelease(device);
    }
}
