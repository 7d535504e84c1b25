package io.sparsemesh.engine.device;

class NaiveConjugateTest extends ConjugateContract {

    @Override
    protected Device open() {
        return Devices.open("naive", 1);
    }
}
