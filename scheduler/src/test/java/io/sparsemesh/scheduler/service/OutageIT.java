package io.sparsemesh.scheduler.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.artifacts.ArtifactStore;
import io.sparsemesh.artifacts.DirectoryArtifactStore;
import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.message.JobSubmitted;
import io.sparsemesh.contracts.task.LayerTask;
import io.sparsemesh.embedded.ChildProcess;
import io.sparsemesh.embedded.FreePorts;
import io.sparsemesh.embedded.LocalKafka;
import io.sparsemesh.embedded.LocalPostgres;
import io.sparsemesh.scheduler.core.Requests;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The packaged scheduler as a process of its own, while it, its broker and its database are
/// killed in the middle of a job.
final class OutageIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration LONGER_THAN_A_LEASE = Duration.ofSeconds(8);
    private static final JobId JOB = new JobId("outages");

    @TempDir Path folder;

    private LocalPostgres database;

    @Test
    void aJobSurvivesTheDeathOfTheSchedulerTheBrokerAndTheDatabase() throws Exception {
        // Given
        ArtifactStore artifacts = new DirectoryArtifactStore(folder.resolve("store"));
        int management = FreePorts.next();
        List<FakeWorker> workers = new ArrayList<>();
        try (LocalKafka broker = LocalKafka.start(folder.resolve("kafka"));
                LocalPostgres postgres = LocalPostgres.start(folder.resolve("postgres"));
                Wire wire = new Wire(broker.bootstrapServers())) {
            database = postgres;
            ChildProcess scheduler = startScheduler(broker, management);
            await("the scheduler is ready", () -> isReady(management));
            workers.add(worker(broker, Topics.LAYER_WORKERS, Topics.LAYER_TASKS, wire, artifacts));
            workers.add(
                    worker(broker, Topics.EVALUATORS, Topics.EVALUATION_TASKS, wire, artifacts));

            // When
            wire.send(
                    Topics.REQUESTS,
                    new JobSubmitted(
                            JOB,
                            Requests.sparseGpt(Propagation.SEQUENTIAL, true),
                            Requests.model()),
                    1);
            await("some tasks are done", () -> done() >= 3);
            scheduler.kill();
            scheduler = startScheduler(broker, management);
            await("more tasks are done", () -> done() >= 6);
            broker.kill();
            Thread.sleep(LONGER_THAN_A_LEASE);
            broker.restart();
            await("still more tasks are done", () -> done() >= 9);
            postgres.kill();
            Thread.sleep(1000);
            postgres.restart();
            await("the job succeeds", () -> state().equals("SUCCEEDED"));

            // Then
            await("all is told", () -> one("select count(*) from scheduler.outbox").equals("0"));
            JobEvents.checkSucceeded(JobEvents.of(JOB, wire));
            assertThat(done()).isEqualTo(18);
            assertThat(one("select max(losses) from scheduler.task"))
                    .as("leases lost because nobody could be heard")
                    .isEqualTo("0");
            await("the scheduler is ready again", () -> isReady(management));
            workers.forEach(FakeWorker::close);
            scheduler.close();
        }
    }

    private static FakeWorker worker(
            LocalKafka broker, String group, String topic, Wire wire, ArtifactStore artifacts) {
        return new FakeWorker(
                broker.bootstrapServers(), group, topic, wire, artifacts, OutageIT::slowly);
    }

    /// Slow enough that outages strike in the middle.
    private static FakeWorker.Conduct slowly(LayerTask task) {
        try {
            Thread.sleep(150);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return FakeWorker.Conduct.DO_TWICE;
    }

    private ChildProcess startScheduler(LocalKafka broker, int management) {
        Map<String, String> environment = new HashMap<>();
        environment.put("SPARSEMESH_KAFKA_BOOTSTRAP", broker.bootstrapServers());
        environment.put("SPARSEMESH_DB_URL", database.jdbcUrl());
        environment.put("SPARSEMESH_DB_USER", database.user());
        environment.put("SPARSEMESH_DB_PASSWORD", database.password());
        environment.put("SPARSEMESH_STORE", folder.resolve("store").toString());
        environment.put("SPARSEMESH_PORT", Integer.toString(FreePorts.next()));
        environment.put("SPARSEMESH_MANAGEMENT_PORT", Integer.toString(management));
        environment.put("SPARSEMESH_SCHEDULER_HEARTBEAT", "5s");
        environment.put("SPARSEMESH_SCHEDULER_PICK_UP", "5s");
        environment.put("SPARSEMESH_SCHEDULER_IDLE_FOR", "1s");
        return ChildProcess.start(
                "scheduler",
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xmx256m",
                        "-jar",
                        Path.of("target/quarkus-app/quarkus-run.jar").toAbsolutePath().toString()),
                environment,
                folder,
                Path.of("target/outage-scheduler.log").toAbsolutePath());
    }

    private static boolean isReady(int port) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            URI uri = URI.create("http://127.0.0.1:%d/q/health/ready".formatted(port));
            return client.send(
                                    HttpRequest.newBuilder(uri).build(),
                                    HttpResponse.BodyHandlers.discarding())
                            .statusCode()
                    == 200;
        }
    }

    private int done() throws SQLException {
        return Integer.parseInt(
                one("select count(*) from scheduler.task where status = 'SUCCEEDED'"));
    }

    private String state() throws SQLException {
        return one("select state from scheduler.job");
    }

    private String one(String query) throws SQLException {
        try (Connection connection =
                        DriverManager.getConnection(
                                database.jdbcUrl(), database.user(), database.password());
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(query)) {
            return result.next() ? result.getString(1) : "";
        }
    }

    /// Waits for `condition`; what it throws while a server is away counts as not yet.
    private static void await(String what, Callable<Boolean> condition) throws Exception {
        Instant end = Instant.now().plus(PATIENCE);
        Exception last = null;
        while (Instant.now().isBefore(end)) {
            try {
                if (condition.call()) {
                    return;
                }
            } catch (SQLException | java.io.IOException e) {
                last = e;
            }
            Thread.sleep(50);
        }
        throw new AssertionError("waited in vain until " + what, last);
    }
}
