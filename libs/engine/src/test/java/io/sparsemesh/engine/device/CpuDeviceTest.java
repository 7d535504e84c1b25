package io.sparsemesh.engine.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparsemesh.engine.matrix.Matrix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CpuDeviceTest extends DeviceContract {

    @Override
    protected Device open() {
        return Devices.open("cpu", 2);
    }

    @Test
    void nameSaysWhichLibraryComputes() {
        assertThat(device().name()).contains("OpenBLAS", "2 threads");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 5})
    void productsAreTheSameBitsForAnyNumberOfThreads(int threads) {
        Matrix a = random(1, 700, 333);
        Matrix b = random(2, 900, 333);
        Matrix two = allocate(700, 900);
        Matrix other = allocate(700, 900);
        Matrix gramOfTwo = allocate(333, 333);
        Matrix gramOfOther = allocate(333, 333);

        try (Device device = Devices.open("cpu", threads)) {
            device.blas().multiplyTransposed(1, a, b, 0, other);
            device.blas().addGram(a, gramOfOther);
        }
        device().blas().multiplyTransposed(1, a, b, 0, two);
        device().blas().addGram(a, gramOfTwo);

        assertThat(other.toArray()).isEqualTo(two.toArray());
        assertThat(gramOfOther.toArray()).isEqualTo(gramOfTwo.toArray());
    }

    @Test
    void deviceWithoutThreadsIsRefused() {
        assertThatThrownBy(() -> Devices.open("cpu", 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("threads");
    }
}
