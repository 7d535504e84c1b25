package io.sparsemesh.engine.device;

class NaivePruningOpsTest extends PruningOpsContract {

    @Override
    Device open() {
        return Devices.open("naive", 1);
    }
}
