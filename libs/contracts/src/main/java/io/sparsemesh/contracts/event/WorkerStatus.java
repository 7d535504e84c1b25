package io.sparsemesh.contracts.event;

import io.sparsemesh.contracts.message.Message;
import java.time.Instant;

/// A worker process is alive; sent every 5 seconds and when its task changes.
///
/// @param worker unique name of the process
/// @param role `layer-worker` or `evaluator`
/// @param device the engine device's name
/// @param memoryBytes memory the device may use
/// @param currentTask `job/task` it works on, empty when idle
/// @param startedAt start of the process
/// @param leaving whether it takes no more tasks
public record WorkerStatus(
        String worker,
        String role,
        String version,
        String device,
        long memoryBytes,
        String currentTask,
        Instant startedAt,
        boolean leaving)
        implements Message {
    @Override
    public String subject() {
        return worker;
    }
}
