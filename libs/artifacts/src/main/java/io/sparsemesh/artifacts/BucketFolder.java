package io.sparsemesh.artifacts;

import io.sparsemesh.artifacts.S3Bucket.State;
import io.sparsemesh.contracts.artifact.FileDigest;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;

/// An output in a bucket: objects below a prefix, each whole. They appear one by one.
///
/// Every method throws [ArtifactException] when a call has failed for good.
public final class BucketFolder {

    private final S3Connection connection;
    private final S3Bucket bucket;
    private final Path staging;

    BucketFolder(S3Connection connection, S3Location location, Path staging) {
        this.connection = connection;
        this.bucket = new S3Bucket(connection.client(), location);
        this.staging = staging.resolve("outputs");
    }

    /// Without a slash at its end.
    public String uri() {
        return bucket.location().toString();
    }

    /// A folder of this machine for files on their way, made if there is none.
    public Path staging() {
        try {
            return Files.createDirectories(staging);
        } catch (IOException e) {
            throw new ArtifactException(staging.toString(), "made", e);
        }
    }

    /// Names of all files, below the prefix.
    public List<String> names() {
        try {
            return bucket.list("");
        } catch (IOException e) {
            throw new ArtifactException(uri(), "listed", e);
        }
    }

    /// Size of a file, if there is one.
    public OptionalLong size(String name) {
        try {
            return bucket.head(name)
                    .map(state -> OptionalLong.of(state.size()))
                    .orElse(OptionalLong.empty());
        } catch (IOException e) {
            throw new ArtifactException(bucket.location().uri(name), "looked for", e);
        }
    }

    /// Replaces a file, unless it is the same already.
    public void put(String name, Path file, long size, String sha256) {
        try {
            new S3Upload(bucket, S3Upload.PIECE).put(name, file, size, sha256);
        } catch (IOException e) {
            throw new ArtifactException(bucket.location().uri(name), "written", e);
        }
    }

    public void put(String name, byte[] bytes) {
        try (Scratch scratch = Scratch.in(staging())) {
            Path file = Files.write(scratch.file(name), bytes);
            put(name, file, bytes.length, Digests.ofBytes(bytes));
        } catch (IOException e) {
            throw new ArtifactException(bucket.location().uri(name), "written", e);
        }
    }

    /// Whether the file is there, with that size, and with that digest as its writer said.
    public boolean holds(FileDigest file) {
        try {
            return find(file).isPresent();
        } catch (IOException e) {
            throw new ArtifactException(bucket.location().uri(file.name()), "looked for", e);
        }
    }

    private Optional<State> find(FileDigest file) throws IOException {
        return bucket.head(file.name()).filter(state -> state.holds(file.size(), file.sha256()));
    }

    /// Copies a file of another folder, unless it is here already. The server does it, and keeps
    /// the digest that the file's writer said.
    ///
    /// @throws ArtifactException also if the file is neither there nor here
    public void take(BucketFolder from, FileDigest file) {
        String name = file.name();
        try {
            if (find(file).isPresent()) {
                return;
            }
            Optional<State> source = from.find(file);
            if (source.isPresent()) {
                copy(from, name, source.get());
            }
            if (find(file).isEmpty()) {
                throw new ArtifactException(
                        bucket.location().uri(name),
                        ArtifactException.text(file.size(), file.sha256()),
                        "it neither here nor at " + from.bucket.location().uri(name));
            }
        } catch (IOException e) {
            throw new ArtifactException(bucket.location().uri(name), "copied", e);
        }
    }

    /// Whoever else moves the file may have removed it meanwhile: then it is here.
    private void copy(BucketFolder from, String name, State source) throws IOException {
        try {
            new S3Copy(from.bucket, bucket, S3Copy.PIECE).copy(name, source);
        } catch (S3Failure e) {
            if (!e.isNotFound() && !e.isConflict()) {
                throw e;
            }
        }
    }

    /// Removes files, those that are there.
    public void remove(List<String> names) {
        try {
            bucket.delete(names);
        } catch (IOException e) {
            throw new ArtifactException(uri(), "removed", e);
        }
    }

    /// All bytes of a small file.
    ///
    /// @return nothing if there is no such file, or another
    public Optional<byte[]> read(FileDigest file) {
        try (InputStream in = bucket.get(file.name(), 0, Optional.empty())) {
            byte[] bytes = in.readNBytes(Math.toIntExact(file.size() + 1));
            return Digests.ofBytes(bytes).equals(file.sha256())
                    ? Optional.of(bytes)
                    : Optional.empty();
        } catch (S3Failure e) {
            if (e.isNotFound()) {
                return Optional.empty();
            }
            throw new ArtifactException(bucket.location().uri(file.name()), "read", e);
        } catch (IOException | SdkException e) {
            throw new ArtifactException(bucket.location().uri(file.name()), "read", e);
        }
    }

    /// An address from which whoever has it may read a file.
    ///
    /// @param type media type of the answer
    public URI download(String name, String type, Duration expiry) {
        GetObjectRequest read =
                GetObjectRequest.builder()
                        .bucket(bucket.location().bucket())
                        .key(bucket.location().object(name))
                        .responseContentType(type)
                        .responseContentDisposition("attachment")
                        .build();
        try {
            return connection
                    .presigner()
                    .presignGetObject(p -> p.signatureDuration(expiry).getObjectRequest(read))
                    .url()
                    .toURI();
        } catch (SdkException | URISyntaxException e) {
            throw new ArtifactException(bucket.location().uri(name), "signed", e);
        }
    }
}
