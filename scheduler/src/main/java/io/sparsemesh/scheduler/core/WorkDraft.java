package io.sparsemesh.scheduler.core;

import io.sparsemesh.contracts.job.Output;
import io.sparsemesh.contracts.task.AllocateManifest;
import io.sparsemesh.contracts.task.AssembleManifest;
import io.sparsemesh.contracts.task.ReportManifest;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskWork;
import java.util.List;

/// What a worker is to do, before lists that outgrow a message have become artifacts.
public sealed interface WorkDraft {

    /// Goes into a message as it is.
    record Complete(TaskWork work) implements WorkDraft {}

    /// Becomes a [TaskWork.Allocate] when the manifest is stored.
    record Allocate(AllocateManifest manifest) implements WorkDraft {}

    /// Becomes a [TaskWork.Keep] when what was said of the checkpoint is stored.
    ///
    /// @param candidate whose checkpoint stays
    /// @param others folders of the others
    record Keep(
            Output output, String candidate, List<String> others, TaskOutput.Assembled checkpoint)
            implements WorkDraft {
        public Keep {
            others = List.copyOf(others);
        }
    }

    /// Becomes a [TaskWork.Assemble] when the manifest is stored.
    record Assemble(AssembleManifest manifest) implements WorkDraft {}

    /// Becomes a [TaskWork.Report] when the manifest is stored.
    record Report(ReportManifest manifest) implements WorkDraft {}
}
