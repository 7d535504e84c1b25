package io.sparsemesh.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.artifacts.ArtifactStore;
import io.sparsemesh.artifacts.ArtifactStores;
import io.sparsemesh.artifacts.DirectoryArtifactStore;
import io.sparsemesh.artifacts.S3Settings;
import io.sparsemesh.artifacts.StoreSettings;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.embedded.s3.LocalS3;
import io.sparsemesh.engine.device.Devices;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A whole job whose artifacts lie in a bucket.
class BucketStoreTest {

    private static final Path DEMO = Path.of("../deploy/demo").toAbsolutePath().normalize();

    /// Less than the artifacts of the job: copies come and go.
    private static final long CACHE_BYTES = 1 << 20;

    @TempDir Path folder;

    private LocalS3 server;

    @BeforeEach
    void start() {
        server = LocalS3.start(folder, "mesh");
        System.setProperty("aws.accessKeyId", LocalS3.ACCESS_KEY);
        System.setProperty("aws.secretAccessKey", LocalS3.SECRET_KEY);
    }

    @AfterEach
    void stop() {
        System.clearProperty("aws.accessKeyId");
        System.clearProperty("aws.secretAccessKey");
        server.close();
    }

    private ArtifactStore bucket() {
        return ArtifactStores.open(
                new StoreSettings(
                        "s3://mesh/artifacts",
                        Optional.of(folder.resolve("cache")),
                        CACHE_BYTES,
                        new S3Settings(
                                Optional.of(server.endpoint()),
                                Optional.of(LocalS3.REGION),
                                true)));
    }

    private TaskOutput.Assembled prune(String name, ArtifactStore store) throws Exception {
        JobRequest request =
                Jobs.request(
                        DEMO.resolve("valley-opt"),
                        Jobs.method(MethodName.SPARSEGPT, "0.5", Propagation.SEQUENTIAL),
                        Jobs.calibration(DEMO.resolve("ids.safetensors"), 16, 64),
                        folder.resolve("output-" + name));
        try (Jobs.Place place = Jobs.Place.on(Devices.open("cpu", 2), store)) {
            return new PlanRunner(place.place(), "j", request).prune();
        }
    }

    @Test
    void jobHasTheBitsThatItHasWithADirectory() throws Exception {
        TaskOutput.Assembled inDirectory =
                prune("directory", new DirectoryArtifactStore(folder.resolve("store")));

        TaskOutput.Assembled inBucket = prune("bucket", bucket());

        assertThat(inBucket.files()).isEqualTo(inDirectory.files());
        assertThat(bytes(folder.resolve("cache/objects"))).isLessThanOrEqualTo(CACHE_BYTES);
        assertThat(bytes(folder.resolve("store"))).isGreaterThan(CACHE_BYTES);
        assertThat(bucket().list("jobs"))
                .isEqualTo(new DirectoryArtifactStore(folder.resolve("store")).list("jobs"))
                .isNotEmpty();
    }

    private static long bytes(Path top) throws IOException {
        try (Stream<Path> files = Files.walk(top)) {
            return files.filter(Files::isRegularFile).mapToLong(f -> f.toFile().length()).sum();
        }
    }
}
