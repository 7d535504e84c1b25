package io.sparsemesh.artifacts;

import io.sparsemesh.contracts.artifact.ArtifactRef;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import software.amazon.awssdk.services.s3.model.MultipartUpload;

/// An artifact store in a bucket of S3, or of a server that speaks its API, with a cache of files
/// on each machine.
///
/// An artifact is written to the cache's disk, then sent in one call or in pieces; either way it
/// becomes visible whole. What a killed process left in the bucket are pieces of an upload that was
/// never completed: they have no key, and are removed when the upload was begun a day ago.
final class S3ArtifactStore implements ArtifactStore, AutoCloseable {

    private static final Duration ABANDONED = Duration.ofDays(1);
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final int BUFFER = 1 << 16;

    private final S3Bucket bucket;
    private final FileCache cache;
    private final S3Upload upload;
    private final int attempts;

    /// @param attempts at a download, in a row, that bring nothing
    S3ArtifactStore(S3Bucket bucket, FileCache cache, S3Upload upload, int attempts) {
        this.bucket = bucket;
        this.cache = cache;
        this.upload = upload;
        this.attempts = attempts;
    }

    /// Opens the store of a bucket, and aborts its abandoned uploads.
    ///
    /// @throws IOException if there is no such bucket, or no access to it
    static S3ArtifactStore open(S3Location location, S3Settings settings, FileCache cache)
            throws IOException {
        S3Bucket bucket = new S3Bucket(S3Clients.open(settings), location);
        S3ArtifactStore store =
                new S3ArtifactStore(
                        bucket,
                        cache,
                        new S3Upload(bucket, S3Upload.PIECE),
                        settings.timing().attempts());
        try {
            bucket.check();
            store.abortUnfinished(ABANDONED);
            return store;
        } catch (IOException | RuntimeException e) {
            store.close();
            throw e;
        }
    }

    /// Aborts uploads that were begun so long ago and are not completed.
    void abortUnfinished(Duration age) throws IOException {
        for (MultipartUpload left : bucket.unfinished(age)) {
            bucket.abort(left.key(), left.uploadId());
        }
    }

    @Override
    public ArtifactRef put(String key, ByteWriter writer) {
        return putFile(
                key,
                file -> {
                    MessageDigest digest = Digests.sha256();
                    try (OutputStream out =
                            new DigestOutputStream(
                                    new BufferedOutputStream(
                                            Files.newOutputStream(
                                                    file, StandardOpenOption.CREATE_NEW),
                                            BUFFER),
                                    digest)) {
                        writer.writeTo(out);
                    }
                    return Digests.hex(digest);
                });
    }

    @Override
    public ArtifactRef putFile(String key, FileWriter writer) {
        Keys.checked(key);
        try (Scratch scratch = cache.scratch()) {
            Path file = scratch.file(key);
            String sha256 = writer.writeTo(file);
            long size = Files.size(file);
            upload.put(key, file, size, sha256);
            cache.add(file, sha256, scratch);
            return new ArtifactRef(key, size, sha256);
        } catch (IOException e) {
            throw new ArtifactException(key, "written", e);
        }
    }

    @Override
    public <T> T withFile(ArtifactRef ref, FileReader<T> reader) {
        Keys.checked(ref.key());
        requireDigest(ref);
        try (Scratch scratch = cache.scratch()) {
            Path file = scratch.file(ref.key());
            if (!cache.link(ref, file)) {
                fetch(ref, file, scratch);
            }
            return reader.readFrom(file);
        } catch (IOException e) {
            throw new ArtifactException(ref.key(), "read", e);
        }
    }

    /// Copies are found by it.
    private static void requireDigest(ArtifactRef ref) {
        if (!SHA256.matcher(ref.sha256()).matches()) {
            throw new ArtifactException(
                    ref.key(), "a reference with a SHA-256 in hexadecimal", ref.sha256());
        }
    }

    /// One process of the machine fetches, the others wait for its copy.
    private void fetch(ArtifactRef ref, Path file, Scratch scratch) throws IOException {
        try (MachineLock _ = cache.lock(ref.sha256())) {
            if (cache.link(ref, file)) {
                return;
            }
            cache.requireSpace(ref.key(), ref.size());
            new S3Download(bucket, ref, attempts).to(file);
            cache.add(file, ref.sha256(), scratch);
        }
    }

    @Override
    public void requireSpace(String key, long bytes) {
        cache.requireSpace(key, bytes);
    }

    @Override
    public boolean exists(String key) {
        try {
            return bucket.head(Keys.checked(key)).isPresent();
        } catch (IOException e) {
            throw new ArtifactException(key, "looked for", e);
        }
    }

    @Override
    public List<String> list(String prefix) {
        String folder = Keys.checked(prefix) + "/";
        try {
            return bucket.list(prefix).stream()
                    .filter(key -> key.equals(prefix) || key.startsWith(folder))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new ArtifactException(prefix, "listed", e);
        }
    }

    @Override
    public void deletePrefix(String prefix) {
        try {
            bucket.delete(list(prefix));
        } catch (IOException e) {
            throw new ArtifactException(prefix, "deleted", e);
        }
    }

    @Override
    public void close() {
        bucket.close();
    }
}
