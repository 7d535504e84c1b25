package io.sparsemesh.deploy.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.deploy.client.Gateway;
import io.sparsemesh.deploy.doctor.Check;
import io.sparsemesh.deploy.doctor.Doctor;
import io.sparsemesh.deploy.doctor.Patient;
import io.sparsemesh.deploy.download.FolderDownload;
import io.sparsemesh.deploy.verify.FolderVerifier;
import io.sparsemesh.embedded.s3.LocalS3;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A mesh whose artifacts lie in a bucket, with two workers that share nothing else.
class BucketStoreIT {

    private static final Path DEMO = TestMesh.ROOT.resolve("deploy/demo");
    private static final Duration LIMIT = Duration.ofMinutes(3);

    @TempDir static Path home;
    private static LocalS3 server;
    private static TestMesh mesh;

    @BeforeAll
    static void start() throws IOException {
        server = LocalS3.start(home, "mesh");
        Map<String, String> settings = new HashMap<>(server.environment());
        settings.put("SPARSEMESH_STORE", "s3://mesh/artifacts");
        settings.put("SPARSEMESH_STORE_CACHE", home.resolve("cache").toString());
        settings.put("SPARSEMESH_STORE_CACHE_MAX", "1M");
        settings.put("SPARSEMESH_BUCKETS", "mesh");
        settings.put("SPARSEMESH_CACHE", home.resolve("models").toString());
        mesh = TestMesh.start(home, 1, 1, List.of(DEMO), settings);
        mesh.addWorker(Map.of("SPARSEMESH_STORE_CACHE", home.resolve("other").toString()))
                .awaitReady();
    }

    @AfterAll
    static void stop() {
        if (mesh != null) {
            mesh.close();
        }
        if (server != null) {
            server.close();
        }
    }

    @Test
    void aJobSucceedsAndLeavesNothingOutsideTheBucketAndItsCaches() throws Exception {
        JsonNode request =
                JobJson.sparsegpt(
                        DEMO.resolve("valley-opt"),
                        "0.5",
                        DEMO.resolve("ids.safetensors"),
                        16,
                        64,
                        home.resolve("output"));

        JsonNode job = mesh.client.await(mesh.client.submit(request), LIMIT);

        assertThat(job.get("state").asText()).as("%s", job).isEqualTo("SUCCEEDED");
        assertThat(home.resolve("store")).doesNotExist();
        assertThat(files(home.resolve("cache/tmp"))).isEmpty();
        assertThat(files(home.resolve("other/tmp"))).isEmpty();
        assertThat(files(home.resolve("cache/objects"))).isNotEmpty();
    }

    @Test
    void anOutputInTheBucketIsMeasuredThereAndComesWhole() throws Exception {
        String uri = "s3://mesh/outputs/demo";
        ObjectNode request = JobJson.demo(DEMO, home.resolve("never"));
        ((ObjectNode) request.get("output")).put("uri", uri);

        String id = mesh.client.submit(request);
        JsonNode job = mesh.client.await(id, LIMIT);

        assertThat(job.get("state").asText()).as("%s", job).isEqualTo("SUCCEEDED");
        assertThat(job.at("/result/outputUri").asText()).isEqualTo(uri);
        assertThat(job.at("/result/pruned/test/perplexity").asDouble()).isGreaterThan(1);
        verify(fetch(id, "fetched"));
        assertThat(home.resolve("never")).doesNotExist();
        assertThat(files(home.resolve("models/outputs"))).isEmpty();
    }

    private static Path fetch(String id, String name) {
        Path fetched = home.resolve(name);
        Gateway gateway = new Gateway(mesh.client.gateway(), Optional.of("of no use elsewhere"));
        FolderDownload download = new FolderDownload(gateway, id, fetched, (_, _) -> {});
        download.fetch(download.files());
        return fetched;
    }

    private static void verify(Path fetched) {
        FolderVerifier.Outcome outcome = FolderVerifier.verify(fetched);
        assertThat(outcome.findings()).isEmpty();
        assertThat(outcome.layers()).isEqualTo(24);
    }

    private static ObjectNode measured(String uri, String target) {
        Path ids = DEMO.resolve("ids.safetensors");
        ObjectNode request =
                JobJson.sparsegpt(
                        DEMO.resolve("valley-opt"), target, ids, 8, 256, home.resolve("never"));
        ((ObjectNode) request.get("method")).put("propagation", "dense");
        ((ObjectNode) request.get("output")).put("uri", uri);
        return JobJson.withPerplexity(request, ids, 256, true);
    }

    @Test
    void theFoldersOfASweepLieInTheBucketAndComeWhole() throws Exception {
        String uri = "s3://mesh/outputs/sweep";
        ObjectNode request = measured(uri, "0.5");
        ObjectNode method = (ObjectNode) request.get("method");
        method.remove("sparsity");
        method.putArray("targets").addObject().put("sparsity", 0.5);
        ((ArrayNode) method.get("targets")).addObject().put("pattern", "2:4");

        String id = mesh.client.submit(request);
        JsonNode job = mesh.client.await(id, LIMIT);

        assertThat(job.get("state").asText()).as("%s", job).isEqualTo("SUCCEEDED");
        assertThat(job.at("/result/candidates/1/outputUri").asText()).isEqualTo(uri + "/2of4");
        assertThat(job.at("/result/candidates/1/pruned/test/perplexity").asDouble())
                .isGreaterThan(1);
        Path fetched = fetch(id, "fetched-sweep");
        verify(fetched.resolve("s50"));
        verify(fetched.resolve("2of4"));
    }

    @Test
    void theBetterOfTwoCheckpointsIsAloneInTheBucket() throws Exception {
        String uri = "s3://mesh/outputs-of-budgets/out";
        ObjectNode request = measured(uri, "0.7");
        ((ObjectNode) request.get("method")).put("allocation", "budget");

        String id = mesh.client.submit(request);
        JsonNode job = mesh.client.await(id, LIMIT);

        assertThat(job.get("state").asText()).as("%s", job).isEqualTo("SUCCEEDED");
        assertThat(job.at("/result/outputUri").asText()).isEqualTo(uri);
        assertThat(job.at("/result/allocation/kept").asText()).isIn("budget", "uniform");
        verify(fetch(id, "fetched-budget"));
        String beside = "s3://mesh/outputs-of-budgets";
        ((ObjectNode) request.get("output")).put("uri", beside);
        assertThat(mesh.client.post("/v1/jobs", request.toString()).body())
                .as("the first of all names there; those of the candidates would begin with .out")
                .contains("expected nothing there yet, found out/config.json at " + beside);
    }

    @Test
    void aWorkerWithWrongCredentialsDoesNotStartAndSaysWhy() throws Exception {
        TestMesh.Service worker = mesh.addWorker(Map.of("AWS_SECRET_ACCESS_KEY", "wrong"));

        Instant end = Instant.now().plusSeconds(60);
        while (worker.isAlive() && Instant.now().isBefore(end)) {
            Thread.sleep(100);
        }

        assertThat(worker.isAlive()).isFalse();
        assertThat(worker.log())
                .anyMatch(
                        line ->
                                line.contains("[SPARSEMESH_STORE=s3://mesh/artifacts]")
                                        && line.contains("status 403 SignatureDoesNotMatch"));
    }

    @Test
    void doctorTriesTheBucketAndNamesWhatIsWrongWithIt() throws IOException {
        Map<String, String> environment = new HashMap<>(server.environment());
        environment.put("SPARSEMESH_STORE", "s3://mesh/artifacts");
        environment.put("SPARSEMESH_STORE_CACHE", home.resolve("cache").toString());

        List<Check> right = stores(environment);
        assertThat(right).extracting(Check::name).containsExactly("store", "store cache");
        assertThat(right.getFirst())
                .extracting(Check::level, Check::found)
                .containsExactly(
                        Check.Level.OK,
                        "s3://mesh/artifacts: listed, written, read, deleted; conditions of"
                                + " PutObject are heeded");

        environment.put("AWS_SECRET_ACCESS_KEY", "wrong");
        Check refused = stores(environment).getFirst();
        assertThat(refused.level()).isEqualTo(Check.Level.FAIL);
        assertThat(refused.found())
                .startsWith("[SPARSEMESH_STORE=s3://mesh/artifacts]: expected a bucket that may be")
                .contains("status 403 SignatureDoesNotMatch");
        assertThat(refused.advice()).contains("s3:ListBucket");
    }

    private static List<Check> stores(Map<String, String> environment) {
        Gateway gateway = new Gateway(mesh.client.gateway(), Optional.empty());
        Patient patient =
                new Patient(new Installation(TestMesh.ROOT), 1, home, gateway, environment);
        return Doctor.examine(patient).stream()
                .filter(check -> check.name().startsWith("store"))
                .toList();
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }
}
