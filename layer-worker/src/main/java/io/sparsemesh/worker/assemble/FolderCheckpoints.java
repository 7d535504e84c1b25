package io.sparsemesh.worker.assemble;

import io.sparsemesh.artifacts.ArtifactException;
import io.sparsemesh.artifacts.Digests;
import io.sparsemesh.artifacts.FileRoots;
import io.sparsemesh.checkpoint.DurableFiles;
import io.sparsemesh.contracts.artifact.FileDigest;
import io.sparsemesh.engine.corpus.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Checkpoints in folders: one gets another place by one rename.
record FolderCheckpoints(FileRoots roots) implements Checkpoints {

    @Override
    public void move(String from, String to, List<FileDigest> files) throws IOException {
        Path target = roots.path(to);
        rename(roots.path(from), target);
        requireWhole(target, files);
    }

    private static void rename(Path folder, Path target) throws IOException {
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

    @Override
    public void remove(String uri, List<String> own) throws IOException {
        Path folder = roots.path(uri);
        if (!Files.isDirectory(folder)) {
            return;
        }
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
