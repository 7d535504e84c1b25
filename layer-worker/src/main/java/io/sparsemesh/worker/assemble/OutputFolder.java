package io.sparsemesh.worker.assemble;

import io.sparsemesh.artifacts.ArtifactStore;
import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.contracts.artifact.ArtifactKeys;
import io.sparsemesh.contracts.task.Lease;
import io.sparsemesh.engine.corpus.DataException;
import io.sparsemesh.worker.report.ReportTask;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// Whose an output folder is. A job writes into a folder that does not exist or is empty; a
/// repeated attempt also finds what an earlier one wrote. Before the first write a job notes in the
/// artifact store that the folder, which is free, becomes its own: so the folder itself holds
/// nothing but the checkpoint.
final class OutputFolder {

    /// A killed attempt is missed, and tried again, after a longer time.
    private static final Duration QUIET = Duration.ofSeconds(15);

    private final ArtifactStore store;
    private final Path path;
    private final String claim;

    OutputFolder(ArtifactStore store, Lease lease, Path path) {
        this.store = store;
        this.path = path;
        this.claim = claim(lease);
    }

    /// Key of the note that an output is the job's.
    static String claim(Lease lease) {
        return "%s/%s/output-claimed.txt"
                .formatted(ArtifactKeys.jobPrefix(lease.job()), lease.task());
    }

    /// Names of the files that a job writes.
    static Set<String> ownNames(ModelFolder dense) {
        Set<String> own = new HashSet<>(dense.shards().keySet());
        dense.sidecars().forEach(file -> own.add(file.getFileName().toString()));
        own.add("model.safetensors.index.json");
        own.add(ReportTask.FILE);
        return own;
    }

    Path path() {
        return path;
    }

    boolean isFree() throws IOException {
        return !Files.exists(path) || isEmptyDirectory();
    }

    private boolean isEmptyDirectory() throws IOException {
        if (!Files.isDirectory(path)) {
            return false;
        }
        try (Stream<Path> entries = Files.list(path)) {
            return entries.findAny().isEmpty();
        }
    }

    /// Makes the folder this job's and its place free. Only a folder that [#isFree] may be claimed.
    void claim() throws IOException {
        store.put(claim, path.toString().getBytes(StandardCharsets.UTF_8));
        Files.createDirectories(path.getParent());
        removeIfEmpty();
    }

    private void removeIfEmpty() throws IOException {
        try {
            Files.deleteIfExists(path);
        } catch (DirectoryNotEmptyException e) {
            // Another attempt has published meanwhile: whoever writes will find it.
        }
    }

    /// Removes the hidden folders beside this one in which killed attempts were writing it; the
    /// checkpoint writer names them so. A folder that was written to just now is left: its attempt
    /// is alive, as when a record came twice.
    void removeLeftOvers() throws IOException {
        String prefix = ".%s.tmp-".formatted(path.getFileName());
        try (Stream<Path> siblings = Files.list(path.getParent())) {
            for (Path sibling : siblings.toList()) {
                if (sibling.getFileName().toString().startsWith(prefix) && isQuiet(sibling)) {
                    removeTree(sibling);
                }
            }
        }
    }

    private static boolean isQuiet(Path top) throws IOException {
        Instant latest = Instant.now().minus(QUIET);
        try (Stream<Path> paths = Files.walk(top)) {
            for (Path each : paths.toList()) {
                if (Files.getLastModifiedTime(each).toInstant().isAfter(latest)) {
                    return false;
                }
            }
            return true;
        } catch (NoSuchFileException | UncheckedIOException e) {
            // It is being renamed or removed at this moment.
            return false;
        }
    }

    private static void removeTree(Path top) throws IOException {
        try (Stream<Path> paths = Files.walk(top)) {
            for (Path each : paths.toList().reversed()) {
                Files.deleteIfExists(each);
            }
        }
    }

    /// Checks that a folder that is not free was written by this job: it was claimed, and has no
    /// files but those that the job writes.
    ///
    /// @throws DataException if it is someone else's
    void requireOwn(ModelFolder dense) throws IOException {
        if (!store.exists(claim) || !Files.isDirectory(path)) {
            throw foreign("something");
        }
        Set<String> own = ownNames(dense);
        try (Stream<Path> entries = Files.list(path)) {
            List<String> others =
                    entries.map(entry -> entry.getFileName().toString())
                            .filter(name -> !own.contains(name) && !ReportTask.isTemporary(name))
                            .sorted()
                            .toList();
            if (!others.isEmpty()) {
                throw foreign(others.toString());
            }
        }
    }

    private DataException foreign(String found) {
        return new DataException(
                path.toString(), "expected no folder yet or an empty one, found " + found);
    }
}
