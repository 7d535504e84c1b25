package io.sparsemesh.contracts.event;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.task.TaskOutput;
import java.time.Instant;
import java.util.List;

/// Linears changed state together, as the task that prunes them did.
public record LayersChanged(JobId job, long seq, Instant at, List<Layer> layers)
        implements JobEvent {

    public LayersChanged {
        layers = List.copyOf(layers);
    }

    /// @param state `PENDING`, `QUEUED`, `RUNNING`, `SUCCEEDED`, `FAILED` or `CANCELLED`
    /// @param attempt 0 before the first
    /// @param worker empty before the first
    /// @param report present in `SUCCEEDED`
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Layer(
            String name,
            int block,
            String state,
            int attempt,
            String worker,
            TaskOutput.LayerReport report) {}
}
