package io.sparsemesh.artifacts;

import io.sparsemesh.embedded.s3.LocalS3;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import software.amazon.awssdk.core.sync.RequestBody;

/// One server for all tests of the JVM, and stores in it.
final class S3Fixture {

    static final String BUCKET = "artifacts";
    /// Slow machines are given time; a call is made four times at most.
    static final S3Settings.Timing TIMING =
            new S3Settings.Timing(
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(20),
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(50),
                    4);

    private static LocalS3 server;
    private static int prefixes;

    private S3Fixture() {}

    /// The SDK looks for credentials in system properties too.
    static synchronized LocalS3 server() {
        if (server == null) {
            server = LocalS3.start(folder(), BUCKET);
            System.setProperty("aws.accessKeyId", LocalS3.ACCESS_KEY);
            System.setProperty("aws.secretAccessKey", LocalS3.SECRET_KEY);
            Runtime.getRuntime().addShutdownHook(new Thread(server::close));
        }
        return server;
    }

    private static Path folder() {
        try {
            return Files.createTempDirectory("sparsemesh-s3");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /// A place that no other test writes to.
    static synchronized S3Location location() {
        return S3Location.parse("s3://%s/mesh/%d".formatted(BUCKET, ++prefixes));
    }

    static S3Bucket bucket(URI endpoint, S3Location location) {
        return bucket(endpoint, location, TIMING);
    }

    static S3Bucket bucket(URI endpoint, S3Location location, S3Settings.Timing timing) {
        return new S3Bucket(S3Clients.open(settings(endpoint, timing)), location);
    }

    static S3Settings settings(URI endpoint, S3Settings.Timing timing) {
        return new S3Settings(Optional.of(endpoint), Optional.of(LocalS3.REGION), true, timing);
    }

    static S3ArtifactStore store(S3Bucket bucket, Path cache, long cacheBytes, long pieceBytes)
            throws IOException {
        return new S3ArtifactStore(
                bucket,
                new FileCache(cache, cacheBytes),
                new S3Upload(bucket, pieceBytes),
                TIMING.attempts());
    }

    /// Puts an object as somebody else does.
    static void overwrite(S3Bucket bucket, String key, byte[] bytes) {
        bucket.client()
                .putObject(
                        r -> r.bucket(BUCKET).key(bucket.location().object(key)),
                        RequestBody.fromBytes(bytes));
    }
}
