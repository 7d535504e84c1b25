package io.sparsemesh.artifacts;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
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
