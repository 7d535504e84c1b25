package io.sparsemesh.worker.assemble;

import io.sparsemesh.artifacts.OutputBuckets;
import io.sparsemesh.contracts.artifact.FileDigest;
import io.sparsemesh.contracts.message.MessageCodec;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskWork;
import io.sparsemesh.taskqueue.TaskContext;
import io.sparsemesh.worker.Workplace;
import java.io.IOException;
import java.util.List;

/// Gives the better one of two checkpoints its place and removes the other. Done again, it finds
/// the checkpoint in place and removes what is left. Both have files of the same names.
public final class KeepTask {

    private final Workplace place;

    public KeepTask(Workplace place) {
        this.place = place;
    }

    public TaskOutput.Kept run(TaskWork.Keep work, TaskContext context) throws IOException {
        TaskOutput.Assembled assembled =
                MessageCodec.mapper()
                        .readValue(place.store().read(work.manifest()), TaskOutput.Assembled.class);
        Checkpoints checkpoints = checkpoints(work.output().uri(), context);
        context.checkAbandoned();
        checkpoints.move(work.folder(), work.output().uri(), assembled.files());
        List<String> names = assembled.files().stream().map(FileDigest::name).toList();
        for (String other : work.others()) {
            context.checkAbandoned();
            checkpoints.remove(other, names);
        }
        return new TaskOutput.Kept(
                work.candidate(),
                new TaskOutput.Assembled(
                        work.output().uri(),
                        assembled.sha256(),
                        assembled.sparsity(),
                        assembled.files()));
    }

    private Checkpoints checkpoints(String uri, TaskContext context) {
        return OutputBuckets.isBucket(uri)
                ? new BucketCheckpoints(place.buckets(), context)
                : new FolderCheckpoints(place.roots());
    }
}
