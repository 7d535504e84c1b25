package io.sparsemesh.engine.device;

class NaiveConjugateTest extends ConjugateContract {

    @Override
    Device open() {
        return Devices.open("naive", 1);
    }
}
