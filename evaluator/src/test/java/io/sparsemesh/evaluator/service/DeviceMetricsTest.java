package io.sparsemesh.evaluator.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.DeviceMemory;
import io.sparsemesh.engine.device.Devices;
import java.lang.reflect.Proxy;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/// Memory of devices that have their own, and of those that have none.
class DeviceMetricsTest {

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    /// A device that tells of its memory and can do nothing else.
    private static Device withMemory(AtomicReference<DeviceMemory> memory) {
        return (Device)
                Proxy.newProxyInstance(
                        Device.class.getClassLoader(),
                        new Class<?>[] {Device.class},
                        (_, method, _) -> {
                            assertThat(method.getName()).isEqualTo("memory");
                            return Optional.of(memory.get());
                        });
    }

    private double gauge(String name) {
        return registry.get("sparsemesh.device.memory." + name).gauge().value();
    }

    @Test
    void aDeviceWithMemoryShowsWhatIsInUseWhenAsked() {
        AtomicReference<DeviceMemory> memory = new AtomicReference<>(new DeviceMemory(1, 80));
        Device device = withMemory(memory);
        DeviceMetrics.show(device, registry);

        memory.set(new DeviceMemory(7, 80));

        assertThat(gauge("used")).isEqualTo(7);
        assertThat(gauge("total")).isEqualTo(80);
    }

    @Test
    void theCpuHasNoSeriesRatherThanAZero() {
        try (Device cpu = Devices.open("naive", 1)) {
            DeviceMetrics.show(cpu, registry);
        }

        assertThat(registry.getMeters()).isEmpty();
    }
}
