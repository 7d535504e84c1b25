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
/// @param memoryBytes memory the device may use
/// @param startedAt start of the process
public record WorkerProfile(
        String worker,
        String role,
        String version,
        String device,
        long memoryBytes,
        Instant startedAt) {

    /// Profile of this process: the machine's memory, and the start of the JVM.
    public static WorkerProfile ofProcess(
            String worker, String role, String version, String device) {
        var system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        return new WorkerProfile(
                worker,
                role,
                version,
                device,
                system.getTotalMemorySize(),
                Instant.ofEpochMilli(ManagementFactory.getRuntimeMXBean().getStartTime()));
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
                worker, role, version, device, memoryBytes, currentTask, startedAt, leaving);
    }
}
