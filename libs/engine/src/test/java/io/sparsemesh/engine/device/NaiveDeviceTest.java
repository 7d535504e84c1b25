package io.sparsemesh.engine.device;

class NaiveDeviceTest extends DeviceContract {

    @Override
    Device open() {
        return Devices.open("naive", 1);
    }
}
