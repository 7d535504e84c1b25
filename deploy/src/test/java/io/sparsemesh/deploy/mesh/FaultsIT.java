package io.sparsemesh.deploy.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.deploy.bench.RandomOpt;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/// One fault a job, with real processes: each job ends well, with the bits of the undisturbed run,
/// and every layer is counted once.
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class FaultsIT {

    private static final Duration LIMIT = Duration.ofMinutes(4);
    private static final Duration EVENT_LIMIT = Duration.ofMinutes(1);
    private static final int LINEARS = 2 * 6;

    /// How long a frozen worker stays so: longer than the lease lasts. `-Dfaults.freeze=60` for the
    /// long form.
    private static final Duration FREEZE = Duration.ofSeconds(Long.getLong("faults.freeze", 30));

    @TempDir static Path home;
    private static TestMesh mesh;
    private static Map<String, String> undisturbed;

    @BeforeAll
    static void start() throws Exception {
        RandomOpt model = new RandomOpt(2, 768, 3072, 12, 512, 256, Dtype.F16);
        model.write(home.resolve("model"), 1);
        model.writeIds(home.resolve("ids.safetensors"), 16, 256, 2048, 2);
        mesh = TestMesh.start(home, 2, 1, List.of());
        String id = submit("undisturbed");
        undisturbed = requireWhole("undisturbed", id);
    }

    @AfterAll
    static void stop() {
        if (mesh != null) {
            mesh.close();
        }
    }

    @Test
    @Order(1)
    void aWorkerIsKilledWhileItSolves() throws Exception {
        String id = submit("worker-killed");
        JsonNode taken =
                mesh.client.awaitEvent(id, EVENT_LIMIT, e -> isRunning(e, "solve-b000-mlp-output"));

        mesh.worker(data(taken).get("worker").asText()).killAndRestart(Duration.ofSeconds(1));

        assertSameBits("worker-killed", id);
        assertThat(attemptsOf(id, "solve-b000-mlp-output")).isGreaterThan(1);
    }

    @Test
    @Order(2)
    void aWorkerDiesBetweenPollAndAccept() throws Exception {
        TestMesh.Service victim = mesh.worker("worker-1");
        victim.kill();
        victim.launch(Map.of("SPARSEMESH_HALT_AT", "before-accept"));
        victim.awaitReady();

        String id = submit("poll-accept");
        while (victim.isAlive()) {
            Thread.sleep(Duration.ofMillis(50));
        }
        victim.launch();

        assertSameBits("poll-accept", id);
    }

    @Test
    @Order(3)
    void theSchedulerIsKilled() throws Exception {
        String id = submit("scheduler-killed");
        mesh.client.awaitEvent(id, EVENT_LIMIT, e -> isSucceeded(e, "solve-b000-attention-output"));

        mesh.scheduler.killAndRestart(Duration.ofSeconds(2));

        assertSameBits("scheduler-killed", id);
    }

    @Test
    @Order(4)
    void theGatewayIsKilled() throws Exception {
        String id = submit("gateway-killed");
        mesh.client.awaitEvent(id, EVENT_LIMIT, e -> isRunning(e, "calibrate-b001-s00"));

        mesh.gateway.killAndRestart(Duration.ofSeconds(2));

        assertSameBits("gateway-killed", id);
    }

    @Test
    @Order(5)
    void theBrokerIsKilled() throws Exception {
        String id = submit("broker-killed");
        mesh.client.awaitEvent(id, EVENT_LIMIT, e -> isRunning(e, "solve-b000-mlp-input"));

        mesh.kafka.kill();
        Thread.sleep(Duration.ofSeconds(3));
        assertThat(mesh.services()).allMatch(TestMesh.Service::isLive);
        mesh.kafka.restart();

        assertSameBits("broker-killed", id);
    }

    @Test
    @Order(6)
    void theDatabaseIsKilled() throws Exception {
        String id = submit("database-killed");
        mesh.client.awaitEvent(id, EVENT_LIMIT, e -> isSucceeded(e, "calibrate-b000-s01"));

        mesh.postgres.kill();
        Thread.sleep(Duration.ofSeconds(3));
        assertThat(mesh.services()).allMatch(TestMesh.Service::isLive);
        mesh.postgres.restart();

        assertSameBits("database-killed", id);
    }

    @Test
    @Order(7)
    void aWorkerIsFrozenForLongerThanItsLease() throws Exception {
        String id = submit("worker-frozen");
        JsonNode taken =
                mesh.client.awaitEvent(id, EVENT_LIMIT, e -> isRunning(e, "solve-b000-mlp-output"));
        TestMesh.Service victim = mesh.worker(data(taken).get("worker").asText());

        victim.signal("STOP");
        Thread.sleep(FREEZE);
        victim.signal("CONT");

        assertSameBits("worker-frozen", id);
        assertThat(attemptsOf(id, "solve-b000-mlp-output")).isGreaterThan(1);
    }

    @Test
    @Order(8)
    void everyRecordIsReplayedTwice() throws Exception {
        try (Replayer replayer = new Replayer(mesh.kafka.bootstrapServers())) {
            String id = submit("replayed");

            assertSameBits("replayed", id);
            System.out.printf("faults: replayed: %d copies sent%n", replayer.count());
            assertThat(replayer.count()).isGreaterThan(100);
        }
    }

    private static String submit(String name) throws Exception {
        Path ids = home.resolve("ids.safetensors");
        ObjectNode request =
                JobJson.sparsegpt(
                        home.resolve("model"), "0.5", ids, 16, 256, home.resolve("out-" + name));
        return mesh.client.submit(JobJson.withPerplexity(request, ids, 256, false));
    }

    private static void assertSameBits(String name, String id) throws Exception {
        assertThat(requireWhole(name, id)).as("bits of %s", name).isEqualTo(undisturbed);
    }

    /// Waits for the job, checks that nothing is lost or doubled, and returns the digests of its
    /// files.
    private static Map<String, String> requireWhole(String name, String id) throws Exception {
        JsonNode job = mesh.client.await(id, LIMIT);
        if (!job.get("state").asText().equals("SUCCEEDED")) {
            throw new AssertionError(name + ": " + job + mesh.logTails());
        }
        List<JsonNode> layers = mesh.client.layers(id);
        assertThat(layers)
                .hasSize(LINEARS)
                .allMatch(l -> l.get("state").asText().equals("SUCCEEDED"));
        List<JsonNode> events = mesh.client.events(id);
        Map<String, Integer> successes = new TreeMap<>();
        for (int i = 0; i < events.size(); i++) {
            assertThat(events.get(i).get("seq").asLong()).as("%s: no gap", name).isEqualTo(i + 1);
            if (isTask(events.get(i), "SUCCEEDED")) {
                successes.merge(data(events.get(i)).get("task").asText(), 1, Integer::sum);
            }
        }
        assertThat(successes).as("%s: every task counts once", name).isNotEmpty();
        assertThat(successes.values()).as("%s: %s", name, successes).containsOnly(1);
        assertThat(successes.keySet().stream().filter(t -> t.startsWith("solve"))).hasSize(2 * 4);
        Map<String, String> files = OutputFiles.digests(home.resolve("out-" + name));
        System.out.printf(
                "faults: %-16s %s events=%d tasks=%d retries=%d %s%n",
                name,
                job.get("state").asText(),
                events.size(),
                successes.size(),
                events.stream().filter(e -> isTask(e, "RETRYING")).count(),
                files.get("model.safetensors"));
        assertThat(files).as("%s: files", name).containsKeys("config.json", "model.safetensors");
        return files;
    }

    private static int attemptsOf(String id, String task) throws Exception {
        return mesh.client.events(id).stream()
                .filter(e -> isTask(e, "SUCCEEDED"))
                .filter(e -> data(e).get("task").asText().equals(task))
                .mapToInt(e -> data(e).get("attempt").asInt())
                .findFirst()
                .orElseThrow();
    }

    private static JsonNode data(JsonNode event) {
        return event.get("data");
    }

    private static boolean isTask(JsonNode event, String state) {
        return event.get("type").asText().equals("task.changed")
                && data(event).get("state").asText().equals(state);
    }

    private static boolean isRunning(JsonNode event, String task) {
        return isTask(event, "RUNNING") && data(event).get("task").asText().equals(task);
    }

    private static boolean isSucceeded(JsonNode event, String task) {
        return isTask(event, "SUCCEEDED") && data(event).get("task").asText().equals(task);
    }
}
