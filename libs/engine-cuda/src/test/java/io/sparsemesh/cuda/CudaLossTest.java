package io.sparsemesh.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.sparsemesh.cuda.library.CudaLibraries;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.DeviceException;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A GPU that fails, emulated.
class CudaLossTest {

    private static final int ILLEGAL_ADDRESS = 700;
    private static final int NOT_SUPPORTED = 801;

    private Device device;

    @BeforeEach
    void open() {
        Emulator.use();
        assumeFalse(Emulator.isRealGpu(), "a real GPU is not made to fail");
        device = new CudaDevice(0);
    }

    @AfterEach
    void mend() throws Throwable {
        if (device != null) {
            failWaits(0);
            leave(8L << 30);
        }
    }

    private static MethodHandle emulator(String name, ValueLayout argument) {
        MemorySegment function = CudaLibraries.driver().symbols().find(name).orElseThrow();
        return Linker.nativeLinker().downcallHandle(function, FunctionDescriptor.ofVoid(argument));
    }

    private static void failWaits(int status) throws Throwable {
        emulator("emulatorFailWaits", ValueLayout.JAVA_INT).invokeExact(status);
    }

    /// Bytes that are free from now on.
    private static void leave(long bytes) throws Throwable {
        emulator("emulatorLeave", ValueLayout.JAVA_LONG).invokeExact(bytes);
    }

    @Test
    void aGpuWhoseContextBrokeIsLostAndClosedWithoutAWord() throws Throwable {
        failWaits(ILLEGAL_ADDRESS);

        DeviceException thrown = catchThrowableOfType(DeviceException.class, device::finish);

        assertThat(thrown.isLost()).isTrue();
        assertThat(thrown.status()).isEqualTo(ILLEGAL_ADDRESS);
        assertThatCode(device::close).doesNotThrowAnyException();
    }

    @Test
    void anotherFailureIsSaidAgainAtTheEnd() throws Throwable {
        failWaits(NOT_SUPPORTED);

        DeviceException thrown = catchThrowableOfType(DeviceException.class, device::finish);

        assertThat(thrown.isLost()).isFalse();
        assertThatThrownBy(device::close).isInstanceOf(DeviceException.class);
        failWaits(0);
        device.close();
    }

    /// What one task gave back in pieces of one size, the next one needs in others.
    @Test
    void memoryThatIsIdleMakesRoomForOtherSizes() throws Throwable {
        try (Arena earlier = Arena.ofConfined()) {
            device.scratch(earlier, 256, 1024);
        }
        leave(1 << 19);

        try (Arena arena = Arena.ofConfined()) {
            Matrix larger = device.allocate(arena, 384, 1024);

            assertThat(larger.rows()).isEqualTo(384);
        }
    }

    @Test
    void aFullGpuSaysHowMuchItHasAndIsAsGoodAsBefore() throws Throwable {
        leave(1 << 20);
        try (Arena arena = Arena.ofConfined()) {
            DeviceException thrown =
                    catchThrowableOfType(
                            DeviceException.class, () -> device.allocate(arena, 1024, 1024));

            assertThat(thrown.isLost()).isFalse();
            assertThat(thrown)
                    .hasMessageContainingAll(
                            "expected 4194304 bytes of device memory, found 1048576 free");
            Matrix host = Matrix.allocate(arena, 8, 8);
            host.set(3, 4, 5f);
            Matrix small = device.scratch(arena, 8, 8);
            Matrix back = Matrix.allocate(arena, 8, 8);
            device.upload(host, small);
            device.download(small, back);
            assertThat(back.get(3, 4)).isEqualTo(5f);
        }
    }
}
