package io.sparsemesh.worker.allocate;

import io.sparsemesh.contracts.artifact.ArtifactKeys;
import io.sparsemesh.contracts.message.MessageCodec;
import io.sparsemesh.contracts.task.AllocateManifest;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskWork;
import io.sparsemesh.taskqueue.TaskContext;
import io.sparsemesh.worker.Workplace;
import java.io.IOException;

/// Spreads a job's sparsity over its linears, by what the profile tasks found.
public final class AllocateTask {

    private final Workplace place;

    public AllocateTask(Workplace place) {
        this.place = place;
    }

    public TaskOutput.Allocated run(TaskWork.Allocate work, TaskContext context)
            throws IOException {
        AllocateManifest manifest =
                MessageCodec.mapper()
                        .readValue(place.store().read(work.manifest()), AllocateManifest.class);
        Spread spread = Spread.of(manifest);
        return new TaskOutput.Allocated(
                place.store()
                        .put(
                                ArtifactKeys.output(context.lease(), "shares.json"),
                                MessageCodec.mapper().writeValueAsBytes(spread.shares())),
                spread.predictedErrors(),
                spread.blocks(manifest));
    }
}
