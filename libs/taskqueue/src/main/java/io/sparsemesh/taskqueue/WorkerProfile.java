package io.sparsemesh.taskqueue;

import io.sparsemesh.contracts.event.WorkerStatus;
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

    WorkerStatus status(String currentTask, boolean leaving) {
        return new WorkerStatus(
                worker, role, version, device, memoryBytes, currentTask, startedAt, leaving);
    }
}
