package io.sparsemesh.worker.report;

import io.sparsemesh.artifacts.ArtifactException;
import io.sparsemesh.artifacts.BucketFolder;
import io.sparsemesh.artifacts.Digests;
import io.sparsemesh.artifacts.OutputBuckets;
import io.sparsemesh.contracts.artifact.FileDigest;
import io.sparsemesh.contracts.message.MessageCodec;
import io.sparsemesh.contracts.task.Lease;
import io.sparsemesh.contracts.task.ReportManifest;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskWork;
import io.sparsemesh.taskqueue.TaskContext;
import io.sparsemesh.worker.Workplace;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// Writes `sparsemesh-report.json` into the output folder, whole or not at all.
public final class ReportTask {

    public static final String FILE = "sparsemesh-report.json";

    private static final String TEMPORARY = ".sparsemesh-report-";

    private final Workplace place;
    private final String version;

    /// @param version of Sparsemesh
    public ReportTask(Workplace place, String version) {
        this.place = place;
        this.version = version;
    }

    /// Whether a report task made the file of that name.
    public static boolean isOwn(String name) {
        return name.equals(FILE) || isTemporary(name);
    }

    /// Whether it is what a killed report task left.
    public static boolean isTemporary(String name) {
        return name.startsWith(TEMPORARY);
    }

    public TaskOutput.Reported run(TaskWork.Report work, TaskContext context) throws IOException {
        ReportManifest manifest =
                MessageCodec.mapper()
                        .readValue(place.store().read(work.manifest()), ReportManifest.class);
        byte[] report =
                MessageCodec.mapper()
                        .writerWithDefaultPrettyPrinter()
                        .writeValueAsBytes(SparsemeshReport.of(manifest, version));
        String uri = work.output().uri();
        if (OutputBuckets.isBucket(uri)) {
            BucketFolder bucket = place.buckets().folder(uri);
            requireComplete(bucket, manifest.assembled().files());
            bucket.put(FILE, report);
        } else {
            Path folder = place.roots().path(uri);
            requireComplete(folder, manifest.assembled().files());
            removeTemporary(folder);
            if (!holds(folder.resolve(FILE), report)) {
                write(folder, temporaryName(context.lease()), report);
            }
        }
        return new TaskOutput.Reported(
                new FileDigest(FILE, report.length, Digests.ofBytes(report)));
    }

    private static void requireComplete(Path folder, List<FileDigest> files) throws IOException {
        for (FileDigest file : files) {
            Path path = folder.resolve(file.name());
            requireSize(path.toString(), file, Files.isRegularFile(path) ? Files.size(path) : -1);
        }
    }

    private static void requireComplete(BucketFolder folder, List<FileDigest> files) {
        for (FileDigest file : files) {
            String place = folder.uri() + "/" + file.name();
            requireSize(place, file, folder.size(file.name()).orElse(-1));
        }
    }

    /// @param found bytes; negative for no file
    private static void requireSize(String place, FileDigest file, long found) {
        if (found != file.size()) {
            throw new ArtifactException(
                    place, file.size() + " bytes", found < 0 ? "nothing" : found + " bytes");
        }
    }

    /// Whether another attempt has written it already. Nobody comes after one that does it again
    /// and is killed meanwhile, to remove what that one leaves in a folder that is done.
    private static boolean holds(Path file, byte[] report) throws IOException {
        return Files.isRegularFile(file)
                && Files.size(file) == report.length
                && Arrays.equals(Files.readAllBytes(file), report);
    }

    private static String temporaryName(Lease lease) {
        return "%sa%d.d%d.tmp".formatted(TEMPORARY, lease.attempt(), lease.delivery());
    }

    private static void removeTemporary(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path entry : entries.toList()) {
                if (isTemporary(entry.getFileName().toString())) {
                    Files.deleteIfExists(entry);
                }
            }
        }
    }

    private static void write(Path folder, String temporaryName, byte[] bytes) throws IOException {
        Path temporary = folder.resolve(temporaryName);
        try {
            writeWhole(temporary, bytes);
            Files.move(
                    temporary,
                    folder.resolve(FILE),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
        try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
            directory.force(true);
        }
    }

    private static void writeWhole(Path file, byte[] bytes) throws IOException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            ByteBuffer rest = ByteBuffer.wrap(bytes);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
            channel.force(true);
        }
    }
}
