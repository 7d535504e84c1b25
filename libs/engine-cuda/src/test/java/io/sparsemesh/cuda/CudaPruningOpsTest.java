package io.sparsemesh.cuda;

import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.PruningOpsContract;

class CudaPruningOpsTest extends PruningOpsContract {

    @Override
    protected Device open() {
        return CudaDevices.mirrored();
    }
}
