package io.sparsemesh.engine.device;

class CpuPruningOpsTest extends PruningOpsContract {

    @Override
    Device open() {
        return Devices.open("cpu", 2);
    }
}
