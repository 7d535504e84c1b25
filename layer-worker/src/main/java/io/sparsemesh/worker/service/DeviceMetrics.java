package io.sparsemesh.worker.service;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.DeviceMemory;
import java.util.function.ToLongFunction;

/// What a device tells of its memory and its work.
final class DeviceMetrics {

    private static final String USED = "sparsemesh.device.memory.used";
    private static final String TOTAL = "sparsemesh.device.memory.total";

    private static final String UTILISATION = "sparsemesh.device.utilisation";

    private DeviceMetrics() {}

    /// Shows what a device tells. What it does not, as the CPU, gets no series: a zero would be the
    /// reading of an empty device, or of an idle one.
    static void show(Device device, MeterRegistry registry) {
        if (device.memory().isPresent()) {
            gauge(USED, "Memory of the device in use", device, DeviceMemory::usedBytes, registry);
            gauge(TOTAL, "Memory of the device", device, DeviceMemory::totalBytes, registry);
        }
        if (device.utilisation().isPresent()) {
            Gauge.builder(UTILISATION, device, d -> d.utilisation().orElse(Double.NaN))
                    .description("Share of the last moments in which the device computed")
                    .baseUnit("ratio")
                    .register(registry);
        }
    }

    private static void gauge(
            String name,
            String description,
            Device device,
            ToLongFunction<DeviceMemory> part,
            MeterRegistry registry) {
        Gauge.builder(name, device, asked -> read(asked, part))
                .description(description)
                .baseUnit("bytes")
                .register(registry);
    }

    private static double read(Device device, ToLongFunction<DeviceMemory> part) {
        return device.memory().map(memory -> (double) part.applyAsLong(memory)).orElse(Double.NaN);
    }
}
