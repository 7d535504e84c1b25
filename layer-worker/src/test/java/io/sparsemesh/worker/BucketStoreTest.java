package io.sparsemesh.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparsemesh.artifacts.ArtifactException;
import io.sparsemesh.artifacts.ArtifactStore;
import io.sparsemesh.artifacts.ArtifactStores;
import io.sparsemesh.artifacts.BucketFolder;
import io.sparsemesh.artifacts.DirectoryArtifactStore;
import io.sparsemesh.artifacts.OutputBuckets;
import io.sparsemesh.artifacts.S3Settings;
import io.sparsemesh.artifacts.StoreSettings;
import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.artifact.FileDigest;
import io.sparsemesh.contracts.job.Allocation;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.Output;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.job.Target;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskWork;
import io.sparsemesh.embedded.s3.LocalS3;
import io.sparsemesh.engine.corpus.DataException;
import io.sparsemesh.engine.device.Devices;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
                        true,
                        Optional.of(folder.resolve("cache")),
                        CACHE_BYTES,
                        settings()));
    }

    private S3Settings settings() {
        return new S3Settings(Optional.of(server.endpoint()), Optional.of(LocalS3.REGION), true);
    }

    private OutputBuckets outputs() {
        return new OutputBuckets(Set.of("mesh"), Optional.of(folder.resolve("models")), settings());
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

    private JobRequest magnitude(String output) {
        return into(
                output,
                Jobs.request(
                        DEMO.resolve("valley-opt"),
                        Jobs.method(MethodName.MAGNITUDE, "0.5", Propagation.SEQUENTIAL),
                        null,
                        folder.resolve("local")));
    }

    private static JobRequest into(String output, JobRequest local) {
        return new JobRequest(
                local.modelUri(),
                local.revision(),
                local.method(),
                local.calibration(),
                local.evaluation(),
                new Output(output, "dense"),
                local.onFallback(),
                0,
                Map.of());
    }

    private Jobs.Place place() {
        return Jobs.Place.on(
                Devices.open("cpu", 2),
                new DirectoryArtifactStore(folder.resolve("store")),
                outputs());
    }

    @Test
    void outputInABucketHasTheFilesOfTheFolderAndTheReportLast() throws Exception {
        String uri = "s3://mesh/outputs/a";
        Path left = outputs().folder(uri).staging().resolve("output-of-a-killed-worker");
        Files.createDirectories(left);
        Files.setLastModifiedTime(left, FileTime.from(Instant.now().minus(Duration.ofDays(2))));
        try (Jobs.Place place = place()) {
            TaskOutput.Assembled inFolder =
                    new PlanRunner(place.place(), "j", magnitude(folder.toUri() + "local")).prune();
            PlanRunner runner = new PlanRunner(place.place(), "k", magnitude(uri));

            TaskOutput.Assembled inBucket = runner.prune();

            assertThat(inBucket.outputUri()).isEqualTo(uri);
            assertThat(inBucket.files()).isEqualTo(inFolder.files());
            BucketFolder bucket = outputs().folder(uri);
            for (FileDigest file : inFolder.files()) {
                assertThat(bucket.size(file.name())).hasValue(file.size());
            }
            assertThat(bucket.names()).hasSize(inFolder.files().size());
            assertThat(bucket.staging()).isEmptyDirectory();

            runner.run(runner.plan().tasks().getLast());
            assertThat(bucket.names()).contains("sparsemesh-report.json");
            assertThat(runner.prune().files()).as("done again").isEqualTo(inFolder.files());
        }
    }

    @Test
    void whatOthersPutThereIsLeftAlone() throws Exception {
        String uri = "s3://mesh/outputs/b";
        outputs().folder(uri).put("config.json", new byte[] {1});
        try (Jobs.Place place = place()) {
            PlanRunner runner = new PlanRunner(place.place(), "j", magnitude(uri));

            assertThatThrownBy(runner::prune)
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("expected nothing there yet, found config.json");
        }
        assertThat(outputs().folder(uri).size("config.json")).hasValue(1);
    }

    @Test
    void sweepHasAFolderOfEachTargetInTheBucket() throws Exception {
        String uri = "s3://mesh/outputs/sweep";
        JobRequest one = magnitude(uri);
        List<Target> targets = List.of(new Target(0.5, null), new Target(null, "2:4"));
        JobRequest request =
                new JobRequest(
                        one.modelUri(),
                        one.revision(),
                        one.method().withTargets(targets),
                        null,
                        one.evaluation(),
                        one.output(),
                        one.onFallback(),
                        0,
                        Map.of());
        try (Jobs.Place place = place()) {
            PlanRunner single = new PlanRunner(place.place(), "j", magnitude(uri + "-single"));
            PlanRunner runner = new PlanRunner(place.place(), "k", request);

            runner.prune();

            List<FileDigest> files = single.prune().files();
            BucketFolder bucket = outputs().folder(uri + "/s50");
            assertThat(files).isNotEmpty().allMatch(bucket::holds);
            assertThat(outputs().folder(uri + "/2of4").names()).hasSize(files.size());
            assertThat(outputs().folder(uri).names()).hasSize(2 * files.size());
        }
    }

    private PlanRunner allocated(Jobs.Place place, String uri) throws Exception {
        Path ids = DEMO.resolve("ids.safetensors");
        JobRequest request =
                Jobs.request(
                        DEMO.resolve("valley-opt"),
                        Jobs.method(MethodName.SPARSEGPT, "0.7", Propagation.DENSE)
                                .withAllocation(Allocation.BUDGET),
                        Jobs.calibration(ids, 8, 128),
                        folder.resolve("local"));
        PlanRunner runner =
                new PlanRunner(
                        place.place(), "j", into(uri, AllocationTest.measured(request, ids)));
        runner.prune();
        return runner;
    }

    @Test
    void theKeptCheckpointIsAloneInTheBucketAndKeepingItAgainChangesNothing() throws Exception {
        String uri = "s3://mesh/kept/out";
        BucketFolder all = outputs().folder("s3://mesh/kept");
        try (Jobs.Place place = place()) {
            PlanRunner runner = allocated(place, uri);
            List<FileDigest> files = checkpoint(runner, "budget").files();
            assertThat(all.names()).allMatch(name -> name.startsWith(".out."));
            TaskWork.Keep keep = runner.keep("budget", "uniform");

            TaskOutput.Kept kept = (TaskOutput.Kept) runner.run(keep, "keep", 1);

            assertThat(kept.checkpoint().outputUri()).isEqualTo(uri);
            assertThat(kept.checkpoint().files()).isEqualTo(files);
            assertThat(files).allMatch(outputs().folder(uri)::holds);
            assertThat(all.names()).hasSize(files.size()).allMatch(n -> n.startsWith("out/"));
            outputs().folder(uri).put("sparsemesh-report.json", new byte[] {1});
            assertThat(runner.run(keep, "keep", 2)).isEqualTo(kept);
            outputs().folder(uri).remove(List.of("model.safetensors"));
            assertThatThrownBy(() -> runner.run(keep, "keep", 3))
                    .isInstanceOf(ArtifactException.class)
                    .hasMessageContaining(uri + "/model.safetensors")
                    .hasMessageContaining("neither here nor at");
        }
    }

    private static TaskOutput.Assembled checkpoint(PlanRunner runner, String candidate) {
        return (TaskOutput.Assembled) runner.outputs.get(new TaskId("assemble-" + candidate));
    }

    /// A worker died between two files.
    @Test
    void halfMovedItIsFinished() throws Exception {
        String uri = "s3://mesh/half/out";
        try (Jobs.Place place = place()) {
            PlanRunner runner = allocated(place, uri);
            List<FileDigest> files = checkpoint(runner, "uniform").files();
            BucketFolder from = outputs().folder("s3://mesh/half/.out.uniform");
            outputs().folder(uri).take(from, files.getFirst());
            from.remove(List.of(files.getFirst().name()));

            runner.run(runner.keep("uniform", "budget"), "keep", 2);

            assertThat(files).allMatch(outputs().folder(uri)::holds);
            assertThat(outputs().folder("s3://mesh/half").names()).hasSize(files.size());
        }
    }

    @Test
    void whatSomeoneElsePutBesideACheckpointIsLeftAlone() throws Exception {
        String uri = "s3://mesh/diary/out";
        try (Jobs.Place place = place()) {
            PlanRunner runner = allocated(place, uri);
            TaskWork.Keep keep = runner.keep("budget", "uniform");
            BucketFolder target = outputs().folder(uri);
            target.put("config.json", new byte[] {1});

            assertThatThrownBy(() -> runner.run(keep, "keep", 1))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("expected nothing there yet, found config.json");
            assertThat(target.size("config.json")).hasValue(1);

            target.remove(List.of("config.json"));
            BucketFolder other = outputs().folder("s3://mesh/diary/.out.uniform");
            other.put("diary.txt", new byte[] {1});
            assertThatThrownBy(() -> runner.run(keep, "keep", 2))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("expected files of the job only, found diary.txt");
            assertThat(other.names()).contains("diary.txt", "model.safetensors");
        }
    }

    private static long bytes(Path top) throws IOException {
        try (Stream<Path> files = Files.walk(top)) {
            return files.filter(Files::isRegularFile).mapToLong(f -> f.toFile().length()).sum();
        }
    }
}
