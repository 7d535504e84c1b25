package io.sparsemesh.artifacts;

import io.sparsemesh.contracts.artifact.ArtifactRef;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// Copies of artifacts on this machine, shared by its processes, named by their digest.
///
/// Nobody reads a copy by its name: a reader makes a link of its own to it, in a [Scratch], so that
/// another process may remove the name at any time and the bytes stay until the last reader has
/// closed them. When the copies outgrow the limit, those that were used longest ago go; a file's
/// time of last access says when that was.
final class FileCache {

    private static final String OBJECTS = "objects";
    private static final String TEMPORARY = "tmp";
    private static final String LOCKS = "locks";

    /// Longer than any artifact takes on its way.
    private static final Duration ABANDONED = Duration.ofHours(6);

    private final Path root;
    private final long maxBytes;
    private final VerifiedFiles verified = new VerifiedFiles();

    /// Opens the cache in a folder, and makes it if there is none.
    ///
    /// @param maxBytes of all copies; files that are being written, and removed ones that are still
    ///     open, come on top
    FileCache(Path root, long maxBytes) throws IOException {
        this.root = root.toAbsolutePath().normalize();
        this.maxBytes = maxBytes;
        for (String part : List.of(OBJECTS, TEMPORARY, LOCKS)) {
            Files.createDirectories(this.root.resolve(part));
        }
        removeAbandoned(ABANDONED);
    }

    Scratch scratch() throws IOException {
        return Scratch.in(root.resolve(TEMPORARY));
    }

    /// Keeps others of this machine from fetching the same artifact.
    MachineLock lock(String sha256) throws IOException {
        return MachineLock.of(root.resolve(LOCKS).resolve(sha256.substring(0, 2)));
    }

    /// Links the copy of an artifact, if there is one and it is intact; a broken one is removed.
    ///
    /// @param link does not exist; it is there if the answer is true
    boolean link(ArtifactRef ref, Path link) throws IOException {
        Path copy = copy(ref.sha256());
        try {
            Files.createLink(link, copy);
        } catch (NoSuchFileException none) {
            return false;
        }
        if (Files.size(link) != ref.size() || !verified.sha256(copy, link).equals(ref.sha256())) {
            Files.deleteIfExists(copy);
            Files.delete(link);
            return false;
        }
        touch(link);
        return true;
    }

    private static void touch(Path file) throws IOException {
        Files.getFileAttributeView(file, BasicFileAttributeView.class)
                .setTimes(null, FileTime.from(Instant.now()), null);
    }

    /// Takes a file with this digest as a copy; it may be read on under its own name.
    void add(Path file, String sha256, Scratch scratch) throws IOException {
        Path copy = copy(sha256);
        Path link = scratch.other();
        makeParent(copy);
        Files.createLink(link, file);
        touch(link);
        Files.move(link, copy, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        // Renaming one link of a file onto another leaves both.
        Files.deleteIfExists(link);
        verified.remember(copy, file, sha256);
        shrink(maxBytes);
    }

    private static void makeParent(Path file) throws IOException {
        try {
            Files.createDirectory(file.getParent());
        } catch (FileAlreadyExistsException there) {
            // As it is for most.
        }
    }

    private Path copy(String sha256) {
        return root.resolve(OBJECTS).resolve(sha256.substring(0, 2)).resolve(sha256);
    }

    /// Gives the disk room for a file by removing copies, those used longest ago first.
    ///
    /// @throws ArtifactException if there is too little without any copy
    void requireSpace(String key, long bytes) {
        try {
            long missing = bytes - DiskSpace.usable(root);
            if (missing > 0) {
                shrink(Math.max(0, total(copies()) - missing));
            }
        } catch (IOException e) {
            throw new ArtifactException(key, "given room", e);
        }
        DiskSpace.require(key, root, bytes);
    }

    private record Copy(Path file, long bytes, FileTime used) {}

    private void shrink(long limit) throws IOException {
        List<Copy> copies = copies();
        long total = total(copies);
        if (total <= limit) {
            return;
        }
        copies.sort(Comparator.comparing(Copy::used));
        for (Copy copy : copies) {
            if (total <= limit) {
                return;
            }
            Files.deleteIfExists(copy.file());
            total -= copy.bytes();
        }
    }

    private static long total(List<Copy> copies) {
        return copies.stream().mapToLong(Copy::bytes).sum();
    }

    private List<Copy> copies() throws IOException {
        List<Copy> copies = new ArrayList<>();
        for (Path folder : list(root.resolve(OBJECTS))) {
            for (Path file : list(folder)) {
                try {
                    BasicFileAttributes a = Files.readAttributes(file, BasicFileAttributes.class);
                    copies.add(new Copy(file, a.size(), a.lastAccessTime()));
                } catch (NoSuchFileException goneMeanwhile) {
                    continue;
                }
            }
        }
        return copies;
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.toList();
        } catch (NoSuchFileException goneMeanwhile) {
            return List.of();
        }
    }

    /// Removes what processes left behind that have not written to it for `age`.
    void removeAbandoned(Duration age) throws IOException {
        Instant limit = Instant.now().minus(age);
        for (Path folder : list(root.resolve(TEMPORARY))) {
            if (isOlder(folder, limit)) {
                for (Path file : list(folder)) {
                    Files.deleteIfExists(file);
                }
                Files.deleteIfExists(folder);
            }
        }
    }

    private static boolean isOlder(Path path, Instant limit) throws IOException {
        try {
            return Files.getLastModifiedTime(path).toInstant().isBefore(limit);
        } catch (NoSuchFileException gone) {
            return false;
        }
    }
}
