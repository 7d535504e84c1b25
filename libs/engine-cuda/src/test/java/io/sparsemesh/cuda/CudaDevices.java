package io.sparsemesh.cuda;

import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.MirrorDevice;
import io.sparsemesh.engine.device.Operands;

/// The GPU of the tests, real or emulated, opened once: to open one takes long.
final class CudaDevices {

    private static Device shared;

    private CudaDevices() {}

    /// The GPU itself; to close it does nothing.
    static synchronized Device shared() {
        Emulator.use();
        if (shared == null) {
            shared = new CudaDevice(0);
            System.out.println(shared.name());
        }
        return shared.with(Operands.F32);
    }

    /// With operands that the host can read and write.
    static Device mirrored() {
        return new MirrorDevice(shared());
    }
}
