package io.sparsemesh.gateway.worker;

import java.time.Instant;

/// A worker process as the API shows it.
///
/// @param role `layer-worker` or `evaluator`
/// @param state `IDLE`, `BUSY`, `LEAVING`, or `LOST` when nothing was heard for 20 s
/// @param memoryBytes memory that the device may use: the machine's, or all of a GPU's own
/// @param gpu name of the GPU, empty without one
/// @param driver version of its driver, empty without a GPU
/// @param currentTask `job/task`, empty when idle and where the job is another tenant's
record WorkerJson(
        String name,
        String role,
        String version,
        String device,
        long memoryBytes,
        String gpu,
        String driver,
        String state,
        String currentTask,
        Instant startedAt,
        Instant lastHeartbeat) {

    /// Id of the job whose task it has, empty when idle.
    String job() {
        return currentTask.replaceFirst("/.*", "");
    }

    WorkerJson withoutTask() {
        return new WorkerJson(
                name,
                role,
                version,
                device,
                memoryBytes,
                gpu,
                driver,
                state,
                "",
                startedAt,
                lastHeartbeat);
    }
}
