package io.sparsemesh.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparsemesh.engine.device.Accelerator;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.DeviceContract;
import io.sparsemesh.engine.matrix.Matrix;
import org.junit.jupiter.api.Test;

class CudaDeviceTest extends DeviceContract {

    @Override
    protected Device open() {
        return CudaDevices.mirrored();
    }

    @Test
    void nameSaysWhichGpuAndLibraryCompute() {
        assertThat(CudaDevices.shared().name()).contains("cuda: ", "sm_", "cuBLAS");
    }

    @Test
    void acceleratorIsTheGpuWithAllItsMemory() {
        Device device = CudaDevices.shared();

        Accelerator gpu = device.accelerator().orElseThrow();

        assertThat(device.name()).contains(gpu.name(), gpu.driver());
        assertThat(gpu.memoryBytes()).isEqualTo(device.memory().orElseThrow().totalBytes());
    }

    @Test
    void hostCannotTouchItsMemory() {
        Matrix matrix = CudaDevices.shared().allocate(arena(), 3, 3);

        assertThatThrownBy(() -> matrix.get(0, 0)).isInstanceOf(WrongThreadException.class);
        assertThatThrownBy(() -> matrix.set(0, 0, 1)).isInstanceOf(WrongThreadException.class);
    }

    @Test
    void memoryInUseGrowsByWhatIsLent() {
        Device device = CudaDevices.shared();
        long before = device.memory().orElseThrow().usedBytes();

        device.allocate(arena(), 1 << 12, 1 << 12);

        long after = device.memory().orElseThrow().usedBytes();
        assertThat(after - before).isBetween(1L << 26, (1L << 26) + (1L << 23));
    }
}
