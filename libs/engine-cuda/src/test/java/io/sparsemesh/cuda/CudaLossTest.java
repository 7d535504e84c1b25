package io.sparsemesh.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.sparsemesh.cuda.library.CudaLibraries;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.DeviceException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
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
        }
    }

    private static void failWaits(int status) throws Throwable {
        MemorySegment function =
                CudaLibraries.driver().symbols().find("emulatorFailWaits").orElseThrow();
        Linker.nativeLinker()
                .downcallHandle(function, FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT))
                .invokeExact(status);
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
}
