package io.sparsemesh.gateway.artifact;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.sparsemesh.artifacts.OutputBuckets;
import io.sparsemesh.artifacts.S3Settings;
import io.sparsemesh.contracts.artifact.FileDigest;
import io.sparsemesh.gateway.problem.ProblemException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BucketDownloadsTest {

    private static final FileDigest REPORT =
            new FileDigest("s50/sparsemesh-report.json", 2, "0".repeat(64));

    @TempDir Path folder;
    private OutputBuckets buckets;
    private BucketDownloads downloads;

    @BeforeEach
    void open() throws IOException {
        System.setProperty("aws.accessKeyId", "key");
        System.setProperty("aws.secretAccessKey", "secret");
        Duration brief = Duration.ofSeconds(2);
        S3Settings.Timing timing = new S3Settings.Timing(brief, brief, brief, brief, 1);
        buckets =
                new OutputBuckets(
                        Set.of("outputs"),
                        Optional.of(folder),
                        new S3Settings(Optional.of(nobody()), Optional.empty(), true, timing));
        downloads = new BucketDownloads(buckets, () -> Duration.ofMinutes(5));
    }

    @AfterEach
    void close() {
        buckets.close();
        System.clearProperty("aws.accessKeyId");
        System.clearProperty("aws.secretAccessKey");
    }

    /// An address at which nobody listens.
    private static URI nobody() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return URI.create("http://127.0.0.1:" + socket.getLocalPort());
        }
    }

    @Test
    void bucketThatDoesNotAnswerIsUnavailableNotEmpty() {
        assertThatThrownBy(() -> downloads.read("s3://outputs/sweep", REPORT))
                .asInstanceOf(type(ProblemException.class))
                .matches(e -> e.problem().status() == 503)
                .extracting(Throwable::getMessage)
                .asString()
                .contains("s3://outputs/sweep/s50/sparsemesh-report.json");
    }

    @Test
    void bucketThatIsNotAllowedAnyMoreIsGone() {
        assertThatThrownBy(() -> downloads.read("s3://others/sweep", REPORT))
                .asInstanceOf(type(ProblemException.class))
                .matches(e -> e.problem().status() == 410);
    }
}
