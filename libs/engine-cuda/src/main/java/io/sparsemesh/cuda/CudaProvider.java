package io.sparsemesh.cuda;

import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.DeviceProvider;

/// The kind of device `cuda`: the first GPU that the process may use, which is all of them unless
/// `CUDA_VISIBLE_DEVICES` says otherwise. A process uses one.
public final class CudaProvider implements DeviceProvider {

    @Override
    public String kind() {
        return "cuda";
    }

    @Override
    public Device open(int threads) {
        return new CudaDevice(0);
    }
}
