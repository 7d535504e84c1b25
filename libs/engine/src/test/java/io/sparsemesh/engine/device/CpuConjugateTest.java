package io.sparsemesh.engine.device;

class CpuConjugateTest extends ConjugateContract {

    @Override
    protected Device open() {
        return Devices.open("cpu", 2);
    }
}
