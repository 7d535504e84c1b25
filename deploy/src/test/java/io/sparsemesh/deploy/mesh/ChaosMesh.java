package io.sparsemesh.deploy.mesh;

import io.sparsemesh.embedded.FreePorts;
import io.sparsemesh.embedded.LocalKafka;
import io.sparsemesh.embedded.s3.LocalS3;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// A mesh with everything around it that can go wrong: the way of its first worker to the broker,
/// the disk or the bucket of its artifacts.
final class ChaosMesh implements AutoCloseable {

    /// Longer than any task takes, so that only one that hangs reaches it.
    static final Duration ATTEMPT = Duration.ofSeconds(45);

    /// Whoever was frozen, parted or hung, and is believed lost, writes or ends earlier.
    static final Duration SWEEP_AFTER = Duration.ofSeconds(20);

    /// How long a worker with a task is waited for.
    static final Duration BUSY_LIMIT = Duration.ofSeconds(30);

    private static final int STORE_MEGABYTES = 2048;

    /// A lease may be that of the worker's last process; no process starts as fast.
    private static final String BUSY =
            "select count(*) from scheduler.task where status = 'RUNNING' and worker = ?"
                    + " and heartbeat_at > clock_timestamp() - interval '7 seconds'";

    final TestMesh mesh;
    final Cable cable;
    final Disk disk;
    final Optional<Cable> bucket;
    final ChaosJobs jobs;
    final Promises promises = new Promises();
    final Outages outages;
    final Poison poison = new Poison();

    private final MeshDatabase database;
    private final Optional<LocalS3> s3;
    private final Path store;

    private ChaosMesh(
            TestMesh mesh,
            ChaosJobs jobs,
            Cable cable,
            Disk disk,
            Path store,
            Optional<LocalS3> s3,
            Optional<Cable> bucket) {
        this.mesh = mesh;
        this.jobs = jobs;
        this.outages = new Outages(mesh, jobs, promises);
        this.database = new MeshDatabase(mesh);
        this.cable = cable;
        this.disk = disk;
        this.store = store;
        this.s3 = s3;
        this.bucket = bucket;
    }

    /// @param inBucket whether artifacts lie in S3, else on a small disk
    static ChaosMesh start(Path home, boolean inBucket) throws Exception {
        Disk disk = Disk.at(home.resolve("disk"), STORE_MEGABYTES);
        Path store = disk.folder().resolve("store");
        int open = FreePorts.next();
        int behindCable = FreePorts.next();
        Cable cable = Cable.to(behindCable);
        LocalKafka kafka =
                LocalKafka.start(
                        Files.createDirectories(home.resolve("kafka")),
                        open,
                        broker(open, behindCable, cable));
        Map<String, String> settings = new HashMap<>();
        settings.put("SPARSEMESH_ATTEMPT_LIMIT", ATTEMPT.toSeconds() + "s");
        settings.put("SPARSEMESH_SWEEP_AFTER", SWEEP_AFTER.toSeconds() + "s");
        settings.put("SPARSEMESH_STORE", store.toString());
        Optional<LocalS3> s3 =
                inBucket ? Optional.of(LocalS3.start(home, "mesh")) : Optional.empty();
        Optional<Cable> bucket = Optional.empty();
        if (s3.isPresent()) {
            bucket = Optional.of(Cable.to(s3.get().endpoint()));
            settings.putAll(s3.get().environment());
            settings.put("AWS_ENDPOINT_URL_S3", bucket.get().address().toString());
            settings.put("SPARSEMESH_STORE", "s3://mesh/artifacts");
            settings.put("SPARSEMESH_STORE_CACHE", home.resolve("cache").toString());
            settings.put("SPARSEMESH_STORE_CACHE_MAX", "100M");
        }
        TestMesh mesh = TestMesh.start(home, 1, 1, List.of(), settings, kafka);
        mesh.addWorker(Map.of("SPARSEMESH_KAFKA_BOOTSTRAP", "127.0.0.1:" + cable.port()))
                .awaitReady();
        return new ChaosMesh(mesh, new ChaosJobs(mesh, home), cable, disk, store, s3, bucket);
    }

    /// A second listener, which clients find through the cable.
    private static Map<String, String> broker(int open, int behindCable, Cable cable) {
        int controller = FreePorts.next();
        String first = "PLAINTEXT://127.0.0.1:" + open;
        return Map.of(
                "listeners",
                first
                        + ",CABLE://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d"
                                .formatted(behindCable, controller),
                "advertised.listeners",
                first + ",CABLE://127.0.0.1:" + cable.port(),
                "listener.security.protocol.map",
                "PLAINTEXT:PLAINTEXT,CABLE:PLAINTEXT,CONTROLLER:PLAINTEXT",
                "controller.quorum.voters",
                "1@127.0.0.1:" + controller);
    }

    /// Starts what has ended by itself, as a supervisor does.
    void revive() {
        for (TestMesh.Service service : mesh.services().toList()) {
            if (!service.isAlive()) {
                System.out.printf("chaos: %s ended and is started again%n", service.name);
                service.launch();
                service.awaitReady();
            }
        }
    }

    /// Files of artifacts that lie there now.
    List<Path> artifacts() throws IOException {
        if (!Files.isDirectory(store)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(store.resolve("jobs"))) {
            return files.filter(Files::isRegularFile).toList();
        } catch (IOException | java.io.UncheckedIOException changedMeanwhile) {
            return List.of();
        }
    }

    /// Whether the scheduler knows that a worker has a task, and has heard of it lately.
    boolean isBusy(TestMesh.Service worker) throws SQLException {
        return database.count(BUSY, worker.name) > 0;
    }

    @Override
    public void close() throws IOException {
        mesh.close();
        cable.close();
        if (bucket.isPresent()) {
            bucket.get().close();
        }
        s3.ifPresent(LocalS3::close);
        disk.close();
    }
}
