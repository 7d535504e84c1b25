package io.sparsemesh.worker.assemble;

import io.sparsemesh.artifacts.ArtifactException;
import io.sparsemesh.artifacts.Digests;
import io.sparsemesh.checkpoint.DurableFiles;
import io.sparsemesh.contracts.artifact.FileDigest;
import io.sparsemesh.contracts.message.MessageCodec;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskWork;
import io.sparsemesh.engine.corpus.DataException;
import io.sparsemesh.taskqueue.TaskContext;
import io.sparsemesh.worker.Workplace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// Gives the better one of two checkpoints its place, by one rename, and removes the other. Done
/// again, it finds the checkpoint in place and removes what is left.
public final class KeepTask {

    private final Workplace place;

    public KeepTask(Workplace place) {
        this.place = place;
    }

    public TaskOutput.Kept run(TaskWork.Keep work, TaskContext context) throws IOException {
        TaskOutput.Assembled assembled =
                MessageCodec.mapper()
                        .readValue(place.store().read(work.manifest()), TaskOutput.Assembled.class);
        Path target = place.roots().path(work.output().uri());
        context.checkAbandoned();
        move(place.roots().path(work.folder()), target);
        requireWhole(target, assembled.files());
        for (String other : work.others()) {
            context.checkAbandoned();
            remove(place.roots().path(other), assembled.files());
        }
        return new TaskOutput.Kept(
                work.candidate(),
                new TaskOutput.Assembled(
                        work.output().uri(),
                        assembled.sha256(),
                        assembled.sparsity(),
                        assembled.files()));
    }

    private static void move(Path folder, Path target) throws IOException {
        if (!Files.isDirectory(folder)) {
            // An attempt before, or beside this one, has renamed it.
            return;
        }
        if (Files.exists(target) && !isEmpty(target)) {
            throw new DataException(
                    target.toString(), "expected no folder yet or an empty one, found something");
        }
        Files.deleteIfExists(target);
        try {
            DurableFiles.publish(folder, target);
        } catch (NoSuchFileException e) {
            // Renamed beside this one, since it was looked for.
        }
    }

    private static boolean isEmpty(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return false;
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.findAny().isEmpty();
        }
    }

    private static void requireWhole(Path target, List<FileDigest> files) throws IOException {
        for (FileDigest file : files) {
            Path path = target.resolve(file.name());
            String found = Files.isRegularFile(path) ? Digests.ofFile(path) : "nothing";
            if (!found.equals(file.sha256())) {
                throw new ArtifactException(path.toString(), "sha256 " + file.sha256(), found);
            }
        }
    }

    /// Both checkpoints of a job have files of the same names.
    private static void remove(Path folder, List<FileDigest> files) throws IOException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        Set<String> own = new HashSet<>(files.stream().map(FileDigest::name).toList());
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path entry : entries.toList()) {
                if (!own.contains(entry.getFileName().toString())) {
                    throw new DataException(
                            folder.toString(), "expected files of the job only, found " + entry);
                }
                Files.deleteIfExists(entry);
            }
        }
        Files.deleteIfExists(folder);
    }
}
