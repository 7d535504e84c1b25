package io.sparsemesh.worker.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.DeviceMemory;
import io.sparsemesh.engine.device.Devices;
import java.lang.reflect.Proxy;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/// What is shown of devices that tell of themselves, and of those that do not.
class DeviceMetricsTest {

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    private double utilisation = 0.25;

    /// A device that tells of its memory and its work and can do nothing else.
    private Device withMemory(AtomicReference<DeviceMemory> memory) {
        return (Device)
                Proxy.newProxyInstance(
                        Device.class.getClassLoader(),
                        new Class<?>[] {Device.class},
                        (_, method, _) ->
                                switch (method.getName()) {
                                    case "memory" -> Optional.of(memory.get());
                                    case "utilisation" -> OptionalDouble.of(utilisation);
                                    default -> throw new AssertionError(method);
                                });
    }

    private double gauge(String name) {
        return registry.get("sparsemesh.device.memory." + name).gauge().value();
    }

    @Test
    void aDeviceShowsItsMemoryAndItsWorkWhenAsked() {
        AtomicReference<DeviceMemory> memory = new AtomicReference<>(new DeviceMemory(1, 80));
        Device device = withMemory(memory);
        DeviceMetrics.show(device, registry);

        memory.set(new DeviceMemory(7, 80));
        utilisation = 0.75;

        assertThat(gauge("used")).isEqualTo(7);
        assertThat(gauge("total")).isEqualTo(80);
        assertThat(registry.get("sparsemesh.device.utilisation").gauge().value()).isEqualTo(0.75);
    }

    @Test
    void theCpuHasNoSeriesRatherThanAZero() {
        try (Device cpu = Devices.open("naive", 1)) {
            DeviceMetrics.show(cpu, registry);
        }

        assertThat(registry.getMeters()).isEmpty();
    }
}
