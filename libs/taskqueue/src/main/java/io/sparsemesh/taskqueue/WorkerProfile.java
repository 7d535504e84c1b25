package io.sparsemesh.taskqueue;

import com.sun.management.OperatingSystemMXBean;
import io.sparsemesh.contracts.event.WorkerStatus;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Instant;

/// What a worker process says of itself.
///
/// @param worker unique name of the process
/// @param role `layer-worker` or `evaluator`
/// @param device name of the engine's device
/// @param memoryBytes memory the device may use: the machine's, or all of a GPU's own
/// @param gpu name of the GPU, empty without one
/// @param driver version of its driver, empty without a GPU
/// @param startedAt start of the process
public record WorkerProfile(
        String worker,
        String role,
        String version,
        String device,
        long memoryBytes,
        String gpu,
        String driver,
        Instant startedAt) {

    /// Profile of this process without a GPU: the machine's memory, and the start of the JVM.
    public static WorkerProfile ofProcess(
            String worker, String role, String version, String device) {
        var system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        return new WorkerProfile(
                worker,
                role,
                version,
                device,
                system.getTotalMemorySize(),
                "",
                "",
                Instant.ofEpochMilli(ManagementFactory.getRuntimeMXBean().getStartTime()));
    }

    /// The same on a GPU. Matrices lie in its memory, so that is what limits tasks.
    ///
    /// @param bytes all of its memory
    public WorkerProfile onGpu(String name, long bytes, String itsDriver) {
        return new WorkerProfile(worker, role, version, device, bytes, name, itsDriver, startedAt);
    }

    /// A name that no other process has: role, host and process id.
    ///
    /// @throws IllegalStateException if the host has no name
    public static String defaultName(String role) {
        try {
            String host = InetAddress.getLocalHost().getHostName();
            return "%s-%s-%d".formatted(role, host, ProcessHandle.current().pid());
        } catch (UnknownHostException e) {
            throw new IllegalStateException(
                    "the host has no name; set SPARSEMESH_WORKER_NAME to a unique one", e);
        }
    }

    WorkerStatus status(String currentTask, boolean leaving) {
        return new WorkerStatus(
                worker,
                role,
                version,
                device,
                memoryBytes,
                gpu,
                driver,
                currentTask,
                startedAt,
                leaving);
    }
}
