package io.sparsemesh.engine.device;

class NaiveDeviceTest extends DeviceContract {

    @Override
    protected Device open() {
        return Devices.open("naive", 1);
    }
}
