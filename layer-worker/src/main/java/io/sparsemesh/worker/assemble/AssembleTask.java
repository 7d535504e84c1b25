package io.sparsemesh.worker.assemble;

import io.sparsemesh.artifacts.ArtifactException;
import io.sparsemesh.artifacts.DiskSpace;
import io.sparsemesh.artifacts.OutputBuckets;
import io.sparsemesh.checkpoint.CheckpointException;
import io.sparsemesh.checkpoint.FileDigest;
import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.checkpoint.ModelFolderWriter.IfExists;
import io.sparsemesh.contracts.message.MessageCodec;
import io.sparsemesh.contracts.task.AssembleManifest;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskOutput.LayerReport;
import io.sparsemesh.contracts.task.TaskWork;
import io.sparsemesh.engine.cache.OpenModel;
import io.sparsemesh.taskqueue.TaskContext;
import io.sparsemesh.worker.Workplace;
import io.sparsemesh.worker.report.ReportTask;
import io.sparsemesh.worker.tensor.TensorArtifacts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Writes the output folder and verifies it. A folder that an earlier attempt of the job finished
/// is verified and kept, so that whoever reads it already is not disturbed; the bytes are the same.
public final class AssembleTask {

    private final Workplace place;

    public AssembleTask(Workplace place) {
        this.place = place;
    }

    public TaskOutput.Assembled run(TaskWork.Assemble work, TaskContext context)
            throws IOException {
        AssembleManifest manifest =
                MessageCodec.mapper()
                        .readValue(place.store().read(work.manifest()), AssembleManifest.class);
        OpenModel model = place.model(work.modelUri());
        Output output = output(work.output().uri(), context);
        try (TensorArtifacts artifacts = TensorArtifacts.open(place.store(), manifest.weights())) {
            context.checkAbandoned();
            SolvedTensors solved = SolvedTensors.of(artifacts.tensors());
            Claims claims = new Claims(model, solved.weights(), manifest);
            FolderForm form = FolderForm.of(manifest, model.folder(), solved);
            List<FileDigest> files = output.make(model.folder(), form, claims);
            return assembled(work, manifest, files);
        }
    }

    /// Where the checkpoint goes.
    @FunctionalInterface
    private interface Output {
        List<FileDigest> make(ModelFolder dense, FolderForm form, Claims claims) throws IOException;
    }

    private Output output(String uri, TaskContext context) {
        if (OutputBuckets.isBucket(uri)) {
            return new BucketOutput(place, context, place.buckets().folder(uri))::make;
        }
        OutputFolder folder =
                new OutputFolder(place.store(), context.lease(), place.roots().path(uri));
        return (dense, form, claims) -> make(dense, form, folder, claims);
    }

    private static List<FileDigest> make(
            ModelFolder dense, FolderForm form, OutputFolder folder, Claims claims)
            throws IOException {
        if (folder.isFree()) {
            folder.claim();
            folder.removeLeftOvers();
            try {
                return write(dense, form, folder.path(), IfExists.REFUSE, claims);
            } catch (CheckpointException e) {
                if (folder.isFree()) {
                    throw e;
                }
                // Another attempt, believed lost, has published meanwhile.
            }
        }
        folder.requireOwn(dense);
        return isIntact(folder.path(), claims)
                ? digests(folder.path())
                : write(dense, form, folder.path(), IfExists.REPLACE, claims);
    }

    static List<FileDigest> write(
            ModelFolder dense, FolderForm form, Path target, IfExists ifExists, Claims claims)
            throws IOException {
        DiskSpace.require(target.toString(), target, form.bytes(dense));
        List<FileDigest> files = form.write(dense, target, ifExists);
        claims.verify(target);
        Claims.verifyDigests(target, files);
        return files;
    }

    private static boolean isIntact(Path target, Claims claims) throws IOException {
        try {
            claims.verify(target);
            return true;
        } catch (ArtifactException | CheckpointException e) {
            return false;
        }
    }

    private static List<FileDigest> digests(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(file -> !ReportTask.isOwn(file.getFileName().toString()))
                    .sorted()
                    .map(FileDigest::of)
                    .toList();
        }
    }

    private static TaskOutput.Assembled assembled(
            TaskWork.Assemble work, AssembleManifest manifest, List<FileDigest> files) {
        long zeros = manifest.layers().stream().mapToLong(LayerReport::zeros).sum();
        long weights = manifest.layers().stream().mapToLong(l -> l.rows() * l.cols()).sum();
        return new TaskOutput.Assembled(
                work.output().uri(),
                FileDigest.overall(files),
                (double) zeros / weights,
                files.stream()
                        .map(
                                f ->
                                        new io.sparsemesh.contracts.artifact.FileDigest(
                                                f.name(), f.size(), f.sha256()))
                        .toList());
    }
}
