package io.sparsemesh.engine.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RemoteDeviceTest {

    private final Arena arena = Arena.ofShared();
    private final Device device = new RemoteDevice(Devices.open("naive", 1));
    private final Matrix host = Matrix.of(arena, new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
    private final Matrix remote = device.allocate(arena, 2, 3);

    @AfterEach
    void close() {
        device.close();
        arena.close();
    }

    @Test
    void hostCannotTouchTheMemory() {
        assertUntouchable(() -> remote.get(0, 0));
        assertUntouchable(() -> remote.set(0, 0, 1));
        assertUntouchable(remote::toArray);
        assertUntouchable(() -> remote.copyFrom(host));
        assertUntouchable(() -> host.copyFrom(remote));
        assertUntouchable(() -> remote.view(1, 1, 1, 2).toArray());
        assertUntouchable(() -> remote.row(1).fill((byte) 0));
    }

    private static void assertUntouchable(ThrowingCallable touch) {
        assertThatThrownBy(touch).isInstanceOf(WrongThreadException.class);
    }

    @Test
    void uploadDownloadAndOperationsReachIt() {
        device.upload(host, remote);
        device.blas().addScaled(1, remote.view(0, 1, 2, 2), 10, remote.view(0, 1, 2, 2));

        assertThat(download(remote)).containsExactly(1, 22, 33, 4, 55, 66);
        assertThat(device.pruning().countZeros(remote)).isZero();
    }

    @Test
    void newMemoryIsZeroAndScratchIsNotANumber() {
        assertThat(download(remote)).containsOnly(0);
        assertThat(download(device.scratch(arena, 2, 3))).containsOnly(Float.NaN);
    }

    @Test
    void hostMemoryIsNoOperand() {
        assertThatThrownBy(() -> device.blas().addScaled(1, host, 1, remote))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("memory of the device, found the host's");
    }

    @Test
    void deviceMemoryIsNotTheHostsSideOfACopy() {
        assertThatThrownBy(() -> device.upload(remote, remote))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("memory of the host, found the device's");
        assertThatThrownBy(() -> device.download(remote, remote))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("memory of the host, found the device's");
    }

    @Test
    void memoryIsFreedWithItsArena() {
        Matrix freed;
        try (Arena own = Arena.ofShared()) {
            freed = device.allocate(own, 2, 3);
        }

        assertThatThrownBy(() -> device.pruning().countZeros(freed))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    private float[] download(Matrix matrix) {
        Matrix back = Matrix.allocate(arena, matrix.rows(), matrix.cols());
        device.download(matrix, back);
        return back.toArray();
    }
}
