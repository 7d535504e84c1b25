package io.sparsemesh.engine.device;

class NaiveNeuralOpsTest extends NeuralOpsContract {

    @Override
    protected Device open() {
        return Devices.open("naive", 1);
    }
}
