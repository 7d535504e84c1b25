package io.sparsemesh.checkpoint;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/// The steps that make a file or folder appear whole or not at all, even if the power fails.
public final class DurableFiles {

    private DurableFiles() {}

    /// An unused name beside `target`, hidden, so that nobody takes it for the finished one.
    static Path sibling(Path target, String purpose) {
        return target.resolveSibling(
                ".%s.%s-%s".formatted(target.getFileName(), purpose, UUID.randomUUID()));
    }

    /// Renames `written` to `target`, replacing a file, and makes the rename durable.
    public static void publish(Path written, Path target) throws IOException {
        Files.move(written, target, StandardCopyOption.ATOMIC_MOVE);
        sync(target.toAbsolutePath().getParent());
    }

    /// Writes the entries of a folder, or the bytes of a file, to the disk.
    static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /// Whether anything has this name, a dangling link included.
    static boolean occupied(Path path) {
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
    }

    /// Deletes a file, a link or a folder with all it holds; nothing happens when it is not
    /// there.
    public static void delete(Path path) throws IOException {
        if (!occupied(path)) {
            return;
        }
        List<Path> deepestFirst;
        try (Stream<Path> walk = Files.walk(path)) {
            deepestFirst = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path entry : deepestFirst) {
            Files.delete(entry);
        }
    }

    /// Deletes what a failed write left; a failure to do so is added to `failure`.
    static void discard(Path path, Throwable failure) {
        try {
            delete(path);
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }
}
