package io.sparsemesh.artifacts;

import io.sparsemesh.contracts.artifact.ArtifactRef;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/// An artifact store in a directory, which several processes may share.
///
/// Artifacts are written into `.tmp`, forced to the disk, renamed to their key, and the directories
/// that changed are forced too; a store that is not durable leaves the disk to the system. What a
/// killed process left in `.tmp` has no key, so nobody sees it; it is removed when it has not been
/// written for an hour.
public final class DirectoryArtifactStore implements ArtifactStore {

    private static final String TEMPORARY = ".tmp";
    private static final Duration ABANDONED = Duration.ofHours(1);
    private static final int BUFFER = 1 << 16;

    private final Path root;
    private final Path temporary;
    private final boolean durable;
    private final VerifiedFiles verified = new VerifiedFiles();

    /// Opens a durable store at `root`, and makes the directory if there is none.
    ///
    /// @throws ArtifactException if it cannot be made
    public DirectoryArtifactStore(Path root) {
        this(root, true);
    }

    /// @param durable whether an artifact that is stored survives the machine's crash; if not, it
    ///     still survives its process, and what a crash makes of it is found by its digest
    public DirectoryArtifactStore(Path root, boolean durable) {
        this.root = root.toAbsolutePath().normalize();
        this.durable = durable;
        this.temporary = this.root.resolve(TEMPORARY);
        try {
            Files.createDirectories(temporary);
            removeTemporary(ABANDONED);
        } catch (IOException e) {
            throw new ArtifactException(this.root.toString(), "opened", e);
        }
    }

    public Path root() {
        return root;
    }

    @Override
    public ArtifactRef put(String key, ByteWriter writer) {
        Path target = target(key);
        Path file = newTemporary();
        try {
            MessageDigest digest = Digests.sha256();
            long size;
            try (FileChannel channel =
                    FileChannel.open(
                            file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                OutputStream out =
                        new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER);
                DigestOutputStream digesting = new DigestOutputStream(out, digest);
                writer.writeTo(digesting);
                digesting.flush();
                force(channel);
                size = channel.size();
            }
            publish(file, target);
            String sha256 = Digests.hex(digest);
            verified.remember(target, sha256);
            return new ArtifactRef(key, size, sha256);
        } catch (IOException e) {
            throw new ArtifactException(key, "written", e);
        } finally {
            discard(file);
        }
    }

    @Override
    public ArtifactRef putFile(String key, FileWriter writer) {
        Path target = target(key);
        Path file = newTemporary();
        try {
            String sha256 = writer.writeTo(file);
            long size;
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                force(channel);
                size = channel.size();
            }
            publish(file, target);
            verified.remember(target, sha256);
            return new ArtifactRef(key, size, sha256);
        } catch (IOException e) {
            throw new ArtifactException(key, "written", e);
        } finally {
            discard(file);
        }
    }

    @Override
    public <T> T withFile(ArtifactRef ref, FileReader<T> reader) {
        Path file = checked(ref);
        try {
            return reader.readFrom(file);
        } catch (IOException e) {
            throw new ArtifactException(ref.key(), "read", e);
        }
    }

    private Path checked(ArtifactRef ref) {
        Path file = target(ref.key());
        try {
            long size = Files.size(file);
            String sha256 = size == ref.size() ? verified.sha256(file) : ArtifactException.UNREAD;
            if (!sha256.equals(ref.sha256())) {
                throw ArtifactException.other(ref, size, sha256);
            }
            return file;
        } catch (NoSuchFileException e) {
            throw ArtifactException.missing(ref);
        } catch (IOException e) {
            throw new ArtifactException(ref.key(), "read", e);
        }
    }

    @Override
    public void requireSpace(String key, long bytes) {
        DiskSpace.require(key, temporary, bytes);
    }

    @Override
    public boolean exists(String key) {
        return Files.isRegularFile(target(key));
    }

    @Override
    public List<String> list(String prefix) {
        Path start = target(prefix);
        if (!Files.exists(start)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(start)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> root.relativize(file).toString().replace('\\', '/'))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new ArtifactException(prefix, "listed", e);
        }
    }

    /// Takes everything out of sight in one rename, then removes it.
    @Override
    public void deletePrefix(String prefix) {
        Path target = target(prefix);
        Path away = newTemporary();
        try {
            Files.move(target, away, StandardCopyOption.ATOMIC_MOVE);
            force(target.getParent());
            removeTree(away);
        } catch (NoSuchFileException e) {
            return;
        } catch (IOException e) {
            throw new ArtifactException(prefix, "deleted", e);
        }
    }

    /// Removes what processes left behind that have not written to it for `age`.
    void removeTemporary(Duration age) throws IOException {
        Instant limit = Instant.now().minus(age);
        try (Stream<Path> left = Files.list(temporary)) {
            for (Path path : left.toList()) {
                if (isOlder(path, limit)) {
                    removeTree(path);
                }
            }
        }
    }

    private static boolean isOlder(Path path, Instant limit) throws IOException {
        try {
            return Files.getLastModifiedTime(path).toInstant().isBefore(limit);
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    private Path target(String key) {
        return root.resolve(Keys.checked(key));
    }

    private Path newTemporary() {
        return temporary.resolve(UUID.randomUUID().toString());
    }

    private void publish(Path file, Path target) throws IOException {
        makeDirectories(target.getParent());
        Files.move(
                file, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        force(target.getParent());
    }

    /// Makes missing directories from the root down and forces each parent, so that a power cut
    /// cannot take an artifact's path away.
    private void makeDirectories(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            return;
        }
        makeDirectories(directory.getParent());
        try {
            Files.createDirectory(directory);
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(directory)) {
                throw e;
            }
        }
        force(directory.getParent());
    }

    private void force(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            force(channel);
        }
    }

    private void force(FileChannel channel) throws IOException {
        if (durable) {
            channel.force(true);
        }
    }

    /// Removes a temporary file that was not published; if that fails too, it goes by age.
    private static void discard(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            file.toFile().deleteOnExit();
        }
    }

    private static void removeTree(Path top) throws IOException {
        try (Stream<Path> paths = Files.walk(top)) {
            for (Path path : paths.toList().reversed()) {
                Files.deleteIfExists(path);
            }
        } catch (NoSuchFileException e) {
            return;
        }
    }
}
