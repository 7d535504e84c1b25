package io.sparsemesh.engine.device;

class CpuPruningOpsTest extends PruningOpsContract {

    @Override
    protected Device open() {
        return Devices.open("cpu", 2);
    }
}
