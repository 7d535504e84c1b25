package io.sparsemesh.worker.assemble;

import io.sparsemesh.artifacts.BucketFolder;
import io.sparsemesh.checkpoint.DurableFiles;
import io.sparsemesh.checkpoint.FileDigest;
import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.checkpoint.ModelFolderWriter.IfExists;
import io.sparsemesh.engine.corpus.DataException;
import io.sparsemesh.taskqueue.TaskContext;
import io.sparsemesh.worker.Workplace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// Writes an output into a bucket. It is made and verified in a folder of this machine, then sent
/// file by file; a repeated attempt sends what is not there yet.
///
/// @param bucket where it goes
record BucketOutput(Workplace place, TaskContext context, BucketFolder bucket) {

    /// Longer than any attempt may take.
    private static final Duration ABANDONED = Duration.ofDays(1);

    List<FileDigest> make(ModelFolder dense, FolderForm form, Claims claims) throws IOException {
        claim(dense);
        removeLeftOvers(bucket.staging());
        Path staging = Files.createTempDirectory(bucket.staging(), "output-");
        try {
            Path folder = staging.resolve("output");
            List<FileDigest> files =
                    AssembleTask.write(dense, form, folder, IfExists.REFUSE, claims);
            for (FileDigest file : files) {
                context.checkAbandoned();
                bucket.put(file.name(), folder.resolve(file.name()), file.size(), file.sha256());
            }
            return files;
        } finally {
            DurableFiles.delete(staging);
        }
    }

    /// Removes what killed workers of this machine were making.
    private static void removeLeftOvers(Path staging) throws IOException {
        Instant limit = Instant.now().minus(ABANDONED);
        try (Stream<Path> entries = Files.list(staging)) {
            for (Path entry : entries.toList()) {
                if (lastModified(entry).isBefore(limit)) {
                    DurableFiles.delete(entry);
                }
            }
        }
    }

    private static Instant lastModified(Path entry) throws IOException {
        try {
            return Files.getLastModifiedTime(entry).toInstant();
        } catch (NoSuchFileException gone) {
            return Instant.MAX;
        }
    }

    /// Notes that the place, which is free, is this job's, or finds the note.
    private void claim(ModelFolder dense) {
        String claim = OutputFolder.claim(context.lease());
        Set<String> own = OutputFolder.ownNames(dense);
        List<String> names = bucket.names();
        if (names.isEmpty()) {
            place.store().put(claim, bucket.uri().getBytes(StandardCharsets.UTF_8));
        } else if (!own.containsAll(names) || !place.store().exists(claim)) {
            throw new DataException(
                    bucket.uri(), "expected nothing there yet, found " + names.getFirst());
        }
    }
}
