package io.sparsemesh.engine.family;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.checkpoint.Tensor;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.DeviceMemory;
import io.sparsemesh.engine.device.Devices;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// Blocks that are larger than their device: their matrices pass through one by one.
class WithoutRoomTest {

    private final AtomicInteger matrices = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();

    /// The CPU with as much memory as it is told, counting the matrices that are loaded at a time.
    private Device device(long free) {
        Device cpu = Devices.open("cpu", 2);
        return (Device)
                Proxy.newProxyInstance(
                        Device.class.getClassLoader(),
                        new Class<?>[] {Device.class},
                        (_, method, arguments) -> {
                            if (method.getName().equals("memory")) {
                                return Optional.of(new DeviceMemory(7, 7 + free));
                            }
                            if (method.getName().equals("load")) {
                                count((Arena) arguments[0], (Tensor) arguments[1]);
                            }
                            try {
                                return method.invoke(cpu, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        });
    }

    private void count(Arena arena, Tensor tensor) {
        if (tensor.rank() > 1) {
            most.accumulateAndGet(matrices.incrementAndGet(), Math::max);
            MemorySegment.ofAddress(1).reinterpret(1, arena, _ -> matrices.decrementAndGet());
        }
    }

    @Test
    void everyFamilyRunsABlockThatIsLargerThanItsDevice() {
        GoldenModelsRun.requireAgreement(
                "cpu, no room", () -> device(64), GoldenModels.own(), GoldenModelsRun.TOLERANCE);

        // Besides the one that passes: embeddings, positions, projections and the head.
        assertThat(most.get()).isBetween(1, 5);
        assertThat(matrices).hasValue(0);
    }

    @Test
    void blocksThatHaveRoomAreLoadedWhole() {
        GoldenModelsRun.requireAgreement(
                "cpu, room", () -> device(1L << 30), GoldenModels.own(), GoldenModelsRun.TOLERANCE);

        assertThat(most.get()).isGreaterThan(5);
    }
}
