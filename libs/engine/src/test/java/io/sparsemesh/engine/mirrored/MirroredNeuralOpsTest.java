package io.sparsemesh.engine.mirrored;

import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.device.MirrorDevice;
import io.sparsemesh.engine.device.NeuralOpsContract;
import io.sparsemesh.engine.device.RemoteDevice;

class MirroredNeuralOpsTest extends NeuralOpsContract {

    @Override
    protected Device open() {
        return new MirrorDevice(new RemoteDevice(Devices.open("cpu", 2)));
    }
}
