package io.sparsemesh.deploy.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.deploy.bench.RandomOpt;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Workers and evaluators that come and go with the work, as processes: from none to four for the
/// calibrations, to one for the last solve, to none at the end, as the scheduler wants them.
class ElasticityIT {

    private static final int MOST = 4;
    private static final Duration LIMIT = Duration.ofMinutes(10);
    private static final Duration COOLDOWN = Duration.ofSeconds(4);

    /// Much shorter than a solve: who is stopped in one hands it back.
    private static final String GRACE = "300ms";

    /// A worker's silence would cost a task 15 to 20 s; handing back takes the grace, the time of a
    /// signal, and a pause of 1 or 2 s.
    private static final Duration WELL_BELOW_A_LEASE = Duration.ofSeconds(12);

    private static final int BLOCKS = 6;
    private static final int LENGTH = 128;
    private static final int SAMPLES = 16;

    private static final Set<String> PRUNING = Set.of("CALIBRATE", "SOLVE", "ASSEMBLE");

    @TempDir static Path home;
    private static TestMesh mesh;

    @BeforeAll
    static void start() throws Exception {
        RandomOpt model = new RandomOpt(BLOCKS, 256, 3072, 4, 512, LENGTH, Dtype.F16);
        model.write(home.resolve("model"), 3);
        model.writeIds(home.resolve("ids.safetensors"), SAMPLES, LENGTH, 2048, 4);
        Map<String, String> limits =
                Map.of(
                        "SPARSEMESH_MOST_WORKERS",
                        Integer.toString(MOST),
                        "SPARSEMESH_MOST_EVALUATORS",
                        "1");
        mesh = TestMesh.start(home, 0, 0, List.of(), limits);
    }

    @AfterAll
    static void stop() {
        if (mesh != null) {
            mesh.close();
        }
    }

    @Test
    void workersComeAndGoWithTheWorkAndTheBitsStay() throws Exception {
        // Given
        Map<String, String> elastic;
        try (Autoscaler scaler = scaler()) {
            scaler.start();

            // When
            String id = submit("elastic");
            awaitSuccess(scaler, id);
            awaitNone(scaler);

            // Then
            elastic = OutputFiles.digests(home.resolve("out-elastic"));
            List<Integer> sizes = scaler.workers.sizes();
            assertThat(sizes).as("sizes of the pool").containsSubsequence(0, MOST, 1, 0);
            assertThat(scaler.workers.mostLive()).as("heard at a time").isEqualTo(MOST);
            assertThat(scaler.evaluators.sizes()).containsSubsequence(0, 1, 0);
            requireNoWaitForLeases(scaler, mesh.client.events(id));
        }
        assertThat(elastic).containsKeys("config.json", "model.safetensors");
        assertThat(elastic).as("bits").isEqualTo(ofOneWorker());
    }

    private static Autoscaler scaler() {
        Map<String, String> grace = Map.of("SPARSEMESH_SHUTDOWN_GRACE", GRACE);
        return new Autoscaler(
                mesh, COOLDOWN, () -> mesh.addWorker(grace), () -> mesh.addEvaluator(grace));
    }

    private static Map<String, String> ofOneWorker() throws Exception {
        mesh.addWorker(Map.of("SPARSEMESH_THREADS", "2"));
        mesh.addEvaluator();
        String id = submit("undisturbed");
        JsonNode job = mesh.client.await(id, LIMIT);
        assertThat(job.path("state").asText()).as("%s", job).isEqualTo("SUCCEEDED");
        assertThat(retries(mesh.client.events(id))).as("retries of one worker").isEmpty();
        System.out.println("elasticity: the last solve: " + mesh.client.layers(id).getLast());
        return OutputFiles.digests(home.resolve("out-undisturbed"));
    }

    private static String submit(String name) throws Exception {
        Path ids = home.resolve("ids.safetensors");
        ObjectNode request =
                JobJson.sparsegpt(
                        home.resolve("model"),
                        "0.5",
                        ids,
                        SAMPLES,
                        LENGTH,
                        home.resolve("out-" + name));
        // Four chains of calibrations, then a solve that nothing goes beside: ten seconds and more
        // on one thread, since it chooses its mask again and again.
        ObjectNode method = (ObjectNode) request.get("method");
        method.put("propagation", "dense");
        method.putArray("exclude")
                .add("lm_head")
                .add("re:.*layers\\.[0-%d]\\.fc2".formatted(BLOCKS - 2))
                .add("re:.*layers\\.%d\\.fc1".formatted(BLOCKS - 1));
        method.putObject("refit")
                .put("mode", "refit")
                .put("iterations", 1000)
                .put("tolerance", 0)
                .put("reselections", 10);
        return mesh.client.submit(JobJson.withPerplexity(request, ids, LENGTH, false));
    }

    private static void awaitSuccess(Autoscaler scaler, String id) throws Exception {
        Instant end = Instant.now().plus(LIMIT);
        JsonNode job = mesh.client.job(id);
        while (job.path("finishedAt").isNull() && Instant.now().isBefore(end)) {
            scaler.check();
            Thread.sleep(Duration.ofMillis(200));
            job = mesh.client.job(id);
        }
        if (!job.path("state").asText().equals("SUCCEEDED")) {
            throw new AssertionError("elastic: " + job + mesh.logTails());
        }
    }

    /// Until the pools are empty and every process has ended by itself.
    private static void awaitNone(Autoscaler scaler) throws Exception {
        Instant end = Instant.now().plus(Duration.ofMinutes(2));
        List<TestMesh.Service> all = new ArrayList<>(mesh.workers);
        all.addAll(mesh.evaluators);
        while (scaler.workers.sizes().getLast() > 0
                || scaler.evaluators.sizes().getLast() > 0
                || all.stream().anyMatch(TestMesh.Service::isAlive)) {
            scaler.check();
            if (Instant.now().isAfter(end)) {
                throw new AssertionError(
                        "still there: workers %s, evaluators %s, %d processes%s"
                                .formatted(
                                        scaler.workers.sizes(),
                                        scaler.evaluators.sizes(),
                                        all.stream().filter(TestMesh.Service::isAlive).count(),
                                        mesh.logTails()));
            }
            Thread.sleep(Duration.ofMillis(100));
        }
    }

    /// Every task that was lost was handed back at once by a worker that had been told to stop, and
    /// the job never stood still for as long as a lease.
    private static void requireNoWaitForLeases(Autoscaler scaler, List<JsonNode> events) {
        List<JsonNode> retries = retries(events);
        assertThat(retries).as("tasks that a drain interrupted").isNotEmpty();
        for (JsonNode retry : retries) {
            String worker = data(retry, "worker");
            assertThat(scaler.drains()).containsKey(worker);
            assertThat(data(retry, "message")).isEqualTo("worker " + worker + " stopped");
            Duration drain = Duration.between(scaler.drains().get(worker).at(), at(retry));
            System.out.printf(
                    "elasticity: %s handed back by %s %d ms after SIGTERM%n",
                    data(retry, "task"), worker, drain.toMillis());
            assertThat(drain).as("%s", retry).isLessThan(WELL_BELOW_A_LEASE);
        }
        Duration still = longestStandstill(events);
        System.out.printf(
                "elasticity: workers %s, evaluators %s, no task ran for %d ms at the most%n",
                scaler.workers.sizes(), scaler.evaluators.sizes(), still.toMillis());
        assertThat(still).as("standstill").isLessThan(WELL_BELOW_A_LEASE);
    }

    /// From the first task's start to the checkpoint: the report waits for the evaluator.
    private static Duration longestStandstill(List<JsonNode> events) {
        Set<String> running = new TreeSet<>();
        Duration longest = Duration.ZERO;
        Instant idleSince = Instant.MAX;
        for (JsonNode event : events) {
            if (!event.path("type").asText().equals("task.changed")
                    || !PRUNING.contains(data(event, "kind"))) {
                continue;
            }
            if (!data(event, "state").equals("RUNNING")) {
                running.remove(data(event, "task"));
                idleSince = running.isEmpty() ? at(event) : idleSince;
            } else {
                if (running.isEmpty() && idleSince.isBefore(at(event))) {
                    Duration idle = Duration.between(idleSince, at(event));
                    longest = idle.compareTo(longest) > 0 ? idle : longest;
                }
                running.add(data(event, "task"));
            }
        }
        return longest;
    }

    private static List<JsonNode> retries(List<JsonNode> events) {
        return events.stream()
                .filter(e -> e.path("type").asText().equals("task.changed"))
                .filter(e -> data(e, "state").equals("RETRYING"))
                .toList();
    }

    private static String data(JsonNode event, String field) {
        return event.path("data").path(field).asText();
    }

    private static Instant at(JsonNode event) {
        return Instant.parse(event.path("at").asText());
    }
}
