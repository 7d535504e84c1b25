package io.sparsemesh.deploy.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a mesh tells of one job: the metrics that docs/operations.md promises, logs in JSON, and a
/// trace through all services.
class ObservabilityIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path DEMO = TestMesh.ROOT.resolve("deploy/demo");
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /// Without series where no task waits, or where the device is the CPU.
    private static final Set<String> NOT_ALWAYS =
            Set.of(
                    "sparsemesh_task_wait_seconds",
                    "sparsemesh_device_memory_used_bytes",
                    "sparsemesh_device_memory_total_bytes",
                    "sparsemesh_device_utilisation_ratio");

    private static final Set<String> ALWAYS =
            Set.of("timestamp", "level", "logger", "message", "service", "thread");
    private static final Set<String> SOMETIMES =
            Set.of("jobId", "taskId", "attempt", "traceId", "spanId", "exception");

    /// The JVM's own, before there is a log, about a module that this project uses.
    private static final String OF_THE_JVM =
            "WARNING: Using incubator modules: jdk.incubator.vector";

    private static final String CANCEL = "POST /v1/jobs/{id}:cancel";

    @TempDir static Path home;
    private static FakeCollector collector;
    private static TestMesh mesh;
    private static String job;

    @BeforeAll
    static void runAJob() throws Exception {
        collector = FakeCollector.start();
        mesh =
                TestMesh.start(
                        home,
                        1,
                        1,
                        List.of(DEMO),
                        Map.of(
                                "SPARSEMESH_LOG",
                                "json",
                                "OTEL_EXPORTER_OTLP_ENDPOINT",
                                collector.endpoint()));
        job = mesh.client.submit(JobJson.demo(DEMO, home.resolve("output")));
        JsonNode done = mesh.client.await(job, PATIENCE);
        assertThat(done.path("state").asText()).as(done.toString()).isEqualTo("SUCCEEDED");
    }

    @AfterAll
    static void stop() {
        if (mesh != null) {
            mesh.close();
        }
        if (collector != null) {
            collector.close();
        }
    }

    private static Map<String, TestMesh.Service> services() {
        return Map.of(
                "gateway",
                mesh.gateway,
                "scheduler",
                mesh.scheduler,
                "layer-worker",
                mesh.workers.getFirst(),
                "evaluator",
                mesh.evaluators.getFirst());
    }

    @FunctionalInterface
    private interface Check {
        void run() throws Exception;
    }

    /// Gauges are counted, and spans sent, some seconds after something happened.
    private static void eventually(Check check) throws Exception {
        Instant end = Instant.now().plusSeconds(30);
        while (true) {
            try {
                check.run();
                return;
            } catch (AssertionError notYet) {
                if (Instant.now().isAfter(end)) {
                    throw notYet;
                }
                Thread.sleep(500);
            }
        }
    }

    @Test
    void theServicesShowTheMetricsThatTheDocumentNames() throws Exception {
        Set<Metric> documented = Metric.documented();

        assertThat(documented).hasSizeGreaterThan(20);
        eventually(
                () -> {
                    Set<Metric> scraped = new HashSet<>();
                    services()
                            .forEach(
                                    (name, service) ->
                                            scraped.addAll(
                                                    Metric.scraped(name, service.managementPort)));
                    Set<Metric> found = new HashSet<>(scraped);
                    documented.stream()
                            .filter(metric -> NOT_ALWAYS.contains(metric.name()))
                            .forEach(found::add);
                    assertThat(found).isEqualTo(documented);
                });
    }

    @Test
    void everyLineOfEveryServiceIsAnObjectWithTheFixedKeys() throws Exception {
        for (Map.Entry<String, TestMesh.Service> service : services().entrySet()) {
            List<JsonNode> lines = lines(service.getValue());

            assertThat(lines).as(service.getKey()).isNotEmpty();
            assertThat(lines)
                    .allSatisfy(
                            line -> {
                                assertThat(keys(line)).containsAll(ALWAYS);
                                assertThat(keys(line)).isSubsetOf(union(ALWAYS, SOMETIMES));
                                assertThat(line.path("service").asText())
                                        .isEqualTo(service.getKey());
                                OffsetDateTime.parse(line.path("timestamp").asText());
                            });
        }
    }

    @Test
    void linesAboutAJobSayWhichOne() throws Exception {
        assertThat(lines(mesh.scheduler))
                .filteredOn(line -> line.path("message").asText().startsWith("planned"))
                .singleElement()
                .satisfies(
                        line -> {
                            assertThat(line.path("jobId").asText()).isEqualTo(job);
                            assertThat(line.path("traceId").asText()).hasSize(32);
                            assertThat(line.path("spanId").asText()).hasSize(16);
                        });
        assertThat(lines(mesh.workers.getFirst()))
                .filteredOn(line -> line.path("message").asText().startsWith("task ended"))
                .isNotEmpty()
                .allSatisfy(
                        line ->
                                assertThat(keys(line))
                                        .contains(
                                                "jobId", "taskId", "attempt", "traceId", "spanId"));
        assertThat(lines(mesh.workers.getFirst()))
                .filteredOn(line -> line.path("message").asText().startsWith("worker started"))
                .singleElement()
                .satisfies(line -> assertThat(keys(line)).isEqualTo(ALWAYS));
    }

    @Test
    void anExceptionIsTextInTheSameLine() throws Exception {
        TestMesh.Service refuses = mesh.addWorker(Map.of("SPARSEMESH_DEVICE", "abacus"));
        eventually(() -> assertThat(refuses.isAlive()).isFalse());

        assertThat(lines(refuses))
                .anySatisfy(
                        line ->
                                assertThat(line.path("exception").asText())
                                        .contains("DeviceException")
                                        .contains("abacus")
                                        .contains("\n"));
    }

    private static List<JsonNode> lines(TestMesh.Service service) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : service.log()) {
            if (!line.equals(OF_THE_JVM)) {
                lines.add(JSON.readTree(line));
            }
        }
        return lines;
    }

    private static Set<String> keys(JsonNode line) {
        Set<String> keys = new HashSet<>();
        line.fieldNames().forEachRemaining(keys::add);
        return keys;
    }

    private static Set<String> union(Set<String> some, Set<String> others) {
        Set<String> all = new HashSet<>(some);
        all.addAll(others);
        return all;
    }

    @Test
    void oneTraceGoesFromTheRequestThroughEveryTaskAndBack() throws Exception {
        long tasks = mesh.client.events(job).stream().filter(ObservabilityIT::isDone).count();
        assertThat(tasks).isPositive();

        eventually(
                () -> {
                    assertThat(named("take result")).hasSize((int) tasks);
                    assertThat(of("layer-worker").size() + of("evaluator").size())
                            .isEqualTo((int) tasks);
                });

        FakeCollector.Span request = only("POST /v1/jobs");
        assertThat(request.service()).isEqualTo("gateway");
        assertThat(request.parent()).isEmpty();
        assertThat(collector.spans())
                .filteredOn(span -> !span.name().equals(CANCEL))
                .allSatisfy(span -> assertThat(span.trace()).isEqualTo(request.trace()));
        FakeCollector.Span taken = only("take JobSubmitted");
        assertThat(taken.service()).isEqualTo("scheduler");
        assertThat(taken.parent()).isEqualTo(request.id());
        Map<String, FakeCollector.Span> byId =
                collector.spans().stream()
                        .collect(Collectors.toMap(FakeCollector.Span::id, Function.identity()));
        assertThat(named("take result"))
                .allSatisfy(
                        result -> {
                            FakeCollector.Span task = byId.get(result.parent());
                            assertThat(task.service()).isIn("layer-worker", "evaluator");
                            FakeCollector.Span handedOut = byId.get(task.parent());
                            assertThat(handedOut.service()).isEqualTo("scheduler");
                            assertThat(handedOut.name()).isEqualTo("hand out " + task.name());
                            assertThat(handedOut.parent()).isEqualTo(taken.id());
                        });
    }

    @Test
    void aRequestJoinsTheTraceOfItsClient() throws Exception {
        String trace = "0af7651916cd43dd8448eb211c80319c";
        String span = "b7ad6b7169203331";
        HttpRequest request =
                HttpRequest.newBuilder(mesh.client.gateway().resolve("/v1/jobs/none:cancel"))
                        .header("traceparent", "00-%s-%s-01".formatted(trace, span))
                        .POST(BodyPublishers.noBody())
                        .build();
        try (HttpClient http = HttpClient.newHttpClient()) {
            assertThat(http.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(404);
        }

        eventually(
                () -> {
                    assertThat(only(CANCEL).trace()).isEqualTo(trace);
                    assertThat(only(CANCEL).parent()).isEqualTo(span);
                });
    }

    private static boolean isDone(JsonNode event) {
        return event.path("type").asText().equals("task.changed")
                && event.path("data").path("state").asText().equals("SUCCEEDED");
    }

    private static List<FakeCollector.Span> of(String service) {
        return collector.spans().stream().filter(span -> span.service().equals(service)).toList();
    }

    private static List<FakeCollector.Span> named(String name) {
        return collector.spans().stream().filter(span -> span.name().equals(name)).toList();
    }

    private static FakeCollector.Span only(String name) {
        assertThat(named(name)).as(name).hasSize(1);
        return named(name).getFirst();
    }
}
