package io.sparsemesh.deploy.mesh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The queries of the Grafana dashboard and of the rules, asked of a real Prometheus that scrapes
/// the real services while a job runs.
class MonitoringIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path DEMO = TestMesh.ROOT.resolve("deploy/demo");
    private static final Path DASHBOARD = TestMesh.ROOT.resolve("deploy/grafana/sparsemesh.json");
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /// Has no series where no task waits, or where the device is the CPU.
    private static final List<String> MAY_BE_EMPTY =
            List.of("sparsemesh_task_wait_seconds", "sparsemesh_device_memory");

    private static final String DOWN =
            "ALERTS{alertname=\"SparsemeshServiceDown\", service=\"evaluator\"}";

    @TempDir static Path home;
    private static TestMesh mesh;
    private static Prometheus prometheus;

    @BeforeAll
    static void start() throws Exception {
        assumeTrue(
                Files.isExecutable(Prometheus.PROGRAM), "no Prometheus at " + Prometheus.PROGRAM);
        mesh = TestMesh.start(home, 1, 1, List.of(DEMO));
        prometheus =
                Prometheus.start(
                        home,
                        Map.of(
                                "gateway", mesh.gateway.managementPort,
                                "scheduler", mesh.scheduler.managementPort,
                                "layer-worker", mesh.workers.getFirst().managementPort,
                                "evaluator", mesh.evaluators.getFirst().managementPort));
        eventually(() -> assertThat(prometheus.query("up == 1")).as(prometheus.log()).hasSize(4));
        runAJob();
    }

    @AfterAll
    static void stop() {
        if (prometheus != null) {
            prometheus.close();
        }
        if (mesh != null) {
            mesh.close();
        }
    }

    private static void runAJob() throws Exception {
        ObjectNode request = JobJson.demo(DEMO, home.resolve("output"));
        JsonNode job = mesh.client.await(mesh.client.submit(request), PATIENCE);
        assertThat(job.path("state").asText()).as(job.toString()).isEqualTo("SUCCEEDED");
    }

    private static List<String> expressionsOfTheDashboard() throws Exception {
        List<String> expressions = new ArrayList<>();
        for (JsonNode panel : JSON.readTree(DASHBOARD.toFile()).path("panels")) {
            panel.path("targets").forEach(target -> expressions.add(target.path("expr").asText()));
        }
        return expressions;
    }

    @FunctionalInterface
    private interface Check {
        void run() throws Exception;
    }

    /// Prometheus learns of things a second or two after they happened.
    private static void eventually(Check check) throws Exception {
        Instant end = Instant.now().plus(PATIENCE);
        while (true) {
            try {
                check.run();
                return;
            } catch (AssertionError | IOException notYet) {
                if (Instant.now().isAfter(end)) {
                    throw notYet;
                }
                Thread.sleep(500);
            }
        }
    }

    @Test
    void everyPanelHasSomethingToShow() throws Exception {
        List<String> expressions = expressionsOfTheDashboard();

        assertThat(expressions).hasSizeGreaterThan(10);
        for (String expression : expressions) {
            String query = expression.replace("$__rate_interval", "1m");
            if (MAY_BE_EMPTY.stream().anyMatch(expression::contains)) {
                prometheus.query(query);
            } else {
                eventually(() -> assertThat(prometheus.query(query)).as(query).isNotEmpty());
            }
        }
    }

    @Test
    void whatAJobDidIsCounted() throws Exception {
        eventually(
                () -> assertThat(value("sum(sparsemesh_jobs{state=\"SUCCEEDED\"})")).isEqualTo(1));
        eventually(
                () ->
                        assertThat(value("sum(sparsemesh_tasks{state=\"SUCCEEDED\"})"))
                                .isPositive()
                                .isEqualTo(value("sum(sparsemesh_tasks)")));
        double tasks = value("sum(sparsemesh_tasks)");
        eventually(() -> assertThat(value(done("sparsemesh_attempts_total"))).isEqualTo(tasks));
        eventually(
                () -> assertThat(value(done("sparsemesh_tasks_seconds_count"))).isEqualTo(tasks));
        eventually(
                () ->
                        assertThat(value("sum(sparsemesh_task_queue_seconds_count)"))
                                .isEqualTo(tasks));
        eventually(
                () -> {
                    assertThat(value(measured("dense"))).isEqualTo(1);
                    assertThat(value(measured("pruned"))).isEqualTo(1);
                });
    }

    private static String done(String counter) {
        return "sum(%s{outcome=\"succeeded\"})".formatted(counter);
    }

    private static String measured(String variant) {
        return "sum(sparsemesh_perplexity_count{suite=\"other\", variant=\"%s\"})"
                .formatted(variant);
    }

    private static double value(String query) throws Exception {
        return prometheus.query(query).path(0).path("value").path(1).asDouble(Double.NaN);
    }

    @Test
    void everyRuleIsEvaluatedWithoutAnError() throws Exception {
        eventually(
                () ->
                        assertThat(prometheus.rules())
                                .hasSize(13)
                                .allSatisfy(
                                        rule ->
                                                assertThat(rule.path("health").asText())
                                                        .as(rule.toString())
                                                        .isEqualTo("ok")));
        eventually(
                () -> assertThat(prometheus.query("sparsemesh:task_seconds:mean5m")).isNotEmpty());
        eventually(() -> assertThat(prometheus.query("sparsemesh:perplexity:median")).isNotEmpty());
        eventually(
                () ->
                        assertThat(prometheus.query("sparsemesh:task_queue_seconds:p95_5m >= 0"))
                                .isNotEmpty());
        assertThat(prometheus.query("ALERTS{alertstate=\"firing\"}")).isEmpty();
    }

    @Test
    void anAlertTellsOfAServiceThatIsGone() throws Exception {
        mesh.evaluators.getFirst().kill();

        eventually(() -> assertThat(prometheus.query(DOWN)).hasSize(1));
        mesh.evaluators.getFirst().launch();
        mesh.evaluators.getFirst().awaitReady();
        eventually(() -> assertThat(prometheus.query(DOWN)).isEmpty());
    }
}
