package io.sparsemesh.scheduler.core;

import io.sparsemesh.contracts.task.AssembleManifest;
import io.sparsemesh.contracts.task.ReportManifest;
import io.sparsemesh.contracts.task.TaskWork;

/// What a worker is to do, before lists that outgrow a message have become artifacts.
public sealed interface WorkDraft {

    /// Goes into a message as it is.
    record Complete(TaskWork work) implements WorkDraft {}

    /// Becomes a [TaskWork.Assemble] when the manifest is stored.
    record Assemble(AssembleManifest manifest) implements WorkDraft {}

    /// Becomes a [TaskWork.Report] when the manifest is stored.
    record Report(ReportManifest manifest) implements WorkDraft {}
}
