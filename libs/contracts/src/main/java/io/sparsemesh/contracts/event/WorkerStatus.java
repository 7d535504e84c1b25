package io.sparsemesh.contracts.event;

import io.sparsemesh.contracts.message.Message;
import java.time.Instant;
import java.util.Objects;

/// A worker process is alive; sent every 5 seconds and when its task changes.
///
/// @param worker unique name of the process
/// @param role `layer-worker` or `evaluator`
/// @param device the engine device's name
/// @param memoryBytes memory the device may use: the machine's, or all of a GPU's own
/// @param gpu name of the GPU that the device computes on, empty without one
/// @param driver version of the GPU's driver, empty without a GPU
/// @param currentTask `job/task` it works on, empty when idle
/// @param startedAt start of the process
/// @param leaving whether it takes no more tasks
public record WorkerStatus(
        String worker,
        String role,
        String version,
        String device,
        long memoryBytes,
        String gpu,
        String driver,
        String currentTask,
        Instant startedAt,
        boolean leaving)
        implements Message {

    /// Workers of before GPUs say nothing of one.
    public WorkerStatus {
        gpu = Objects.requireNonNullElse(gpu, "");
        driver = Objects.requireNonNullElse(driver, "");
    }

    @Override
    public String subject() {
        return worker;
    }
}
