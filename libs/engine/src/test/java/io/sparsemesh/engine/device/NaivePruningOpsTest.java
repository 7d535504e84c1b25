package io.sparsemesh.engine.device;

class NaivePruningOpsTest extends PruningOpsContract {

    @Override
    protected Device open() {
        return Devices.open("naive", 1);
    }
}
