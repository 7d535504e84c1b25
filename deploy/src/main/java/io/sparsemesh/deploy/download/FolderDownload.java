package io.sparsemesh.deploy.download;

import io.sparsemesh.checkpoint.DurableFiles;
import io.sparsemesh.checkpoint.FileDigest;
import io.sparsemesh.deploy.client.Gateway;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/// Brings a job's output folder, and of a sweep all its folders, to this machine.
///
/// Everything is gathered in a hidden folder beside the target, which gets the target's name when
/// it is whole. If the download fails that folder stays, and the next download of the same job to
/// the same place goes on with it.
public final class FolderDownload {
    private static final Duration PAUSE = Duration.ofMillis(500);

    private final Gateway gateway;
    private final String job;
    private final Path target;
    private final Path partial;
    private final DownloadView view;
    private final Duration pause;

    public FolderDownload(Gateway gateway, String job, Path target, DownloadView view) {
        this(gateway, job, target, view, PAUSE);
    }

    FolderDownload(Gateway gateway, String job, Path target, DownloadView view, Duration pause) {
        this.gateway = gateway;
        this.job = job;
        this.target = target.toAbsolutePath().normalize();
        this.partial = this.target.resolveSibling("." + this.target.getFileName() + "." + job);
        this.view = view;
        this.pause = pause;
    }

    /// Whether something of this name is there that a download must not silently replace.
    public boolean isTaken() {
        return Files.exists(target) && !isEmptyFolder(target);
    }

    /// Whether what is there is an earlier output, known by its report, or by those of a sweep.
    public boolean isReplaceable() {
        try (Stream<Path> files = Files.list(target)) {
            return Files.exists(target.resolve(Artifacts.REPORT))
                    || files.allMatch(file -> Files.exists(file.resolve(Artifacts.REPORT)));
        } catch (IOException noFolder) {
            return false;
        }
    }

    /// Where an unfinished download lies.
    public Path partial() {
        return partial;
    }

    /// The files there are to bring; none before the job has an output.
    public List<FileDigest> files() {
        return Artifacts.of(gateway, job);
    }

    /// Brings `files`, replacing what lies at the target.
    ///
    /// @throws DownloadException if a file is not as listed, or there is no room for all of them
    public void fetch(List<FileDigest> files) {
        try {
            Files.createDirectories(partial);
            requireRoom(files);
            FileDownload download = new FileDownload(gateway, job, view, pause);
            for (FileDigest file : files) {
                Path path = partial.resolve(file.name());
                Files.createDirectories(path.getParent());
                download.fetch(file, path);
            }
            publish();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + target, e);
        }
    }

    private void requireRoom(List<FileDigest> files) throws IOException {
        long needed = 0;
        for (FileDigest file : files) {
            Path path = partial.resolve(file.name());
            needed += file.size() - (Files.exists(path) ? Files.size(path) : 0);
        }
        long room = Files.getFileStore(partial).getUsableSpace();
        if (needed > room) {
            throw new DownloadException(
                    "[%s] expected room for %d more bytes, found %d"
                            .formatted(target, needed, room));
        }
    }

    private void publish() throws IOException {
        Path old = partial.resolveSibling(partial.getFileName() + ".old");
        if (Files.exists(target)) {
            Files.move(target, old, StandardCopyOption.ATOMIC_MOVE);
        }
        DurableFiles.publish(partial, target);
        DurableFiles.delete(old);
    }

    private static boolean isEmptyFolder(Path path) {
        try (Stream<Path> files = Files.list(path)) {
            return files.findAny().isEmpty();
        } catch (IOException noFolder) {
            return false;
        }
    }
}
