package io.sparsemesh.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparsemesh.cuda.library.CudaLibraries;
import io.sparsemesh.cuda.nvml.Nvml;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.DeviceException;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class CudaUtilisationTest {

    private static final int SAID = 37;
    private static final int NOT_SAID = 101;

    /// A GPU's driver looks several times a second.
    private static final Duration ENOUGH = Duration.ofSeconds(10);

    private static final long SIDE = 2048;

    private static void say(int percent) throws Throwable {
        MemorySegment function =
                CudaLibraries.management().symbols().find("emulatorSetUtilisation").orElseThrow();
        Linker.nativeLinker()
                .downcallHandle(function, FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT))
                .invokeExact(percent);
    }

    @Test
    void itIsWhatTheDriverSays() throws Throwable {
        Device device = CudaDevices.shared();
        assumeFalse(Emulator.isRealGpu(), "a real GPU says what it does");

        assertThat(device.utilisation()).hasValue(SAID / 100.0);

        say(NOT_SAID);
        try {
            assertThat(device.utilisation()).isEmpty();
        } finally {
            say(SAID);
        }
    }

    @Test
    void aGpuThatComputesIsNotIdle() {
        Device device = CudaDevices.shared();
        assumeTrue(Emulator.isRealGpu(), "an emulated GPU says what it is told");
        assumeTrue(device.utilisation().isPresent(), "the driver does not say");
        try (Arena arena = Arena.ofConfined()) {
            Matrix a = device.allocate(arena, SIDE, SIDE);
            Matrix b = device.allocate(arena, SIDE, SIDE);
            long end = System.nanoTime() + ENOUGH.toNanos();
            double most = 0;
            while (most < 0.5 && System.nanoTime() < end) {
                device.blas().multiply(1, a, a, 0, b);
                device.finish();
                most = Math.max(most, device.utilisation().orElseThrow());
            }
            System.out.println("utilisation " + most);
            assertThat(most).isBetween(0.5, 1.0);
        }
    }

    @Test
    void aGpuThatTheLibraryDoesNotKnowIsAnError() {
        CudaDevices.shared();
        assertThatThrownBy(() -> Nvml.of("0000:00:00.0"))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("nvmlDeviceGetHandleByPciBusId");
    }
}
