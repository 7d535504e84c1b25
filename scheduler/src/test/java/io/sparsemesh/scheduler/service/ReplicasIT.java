package io.sparsemesh.scheduler.service;

import static io.sparsemesh.scheduler.service.SchedulerProcess.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparsemesh.artifacts.ArtifactStore;
import io.sparsemesh.artifacts.DirectoryArtifactStore;
import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.message.JobSubmitted;
import io.sparsemesh.contracts.task.LayerTask;
import io.sparsemesh.embedded.LocalKafka;
import io.sparsemesh.embedded.LocalPostgres;
import io.sparsemesh.scheduler.core.Requests;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two packaged schedulers on one database and one broker, as a cluster runs them: what the
/// platform asks of them, and that they do not get in each other's way.
final class ReplicasIT {

    private static final Map<String, String> SETTINGS =
            Map.of(
                    "SPARSEMESH_SCHEDULER_HEARTBEAT", "5s",
                    "SPARSEMESH_SCHEDULER_PICK_UP", "5s",
                    "SPARSEMESH_SCHEDULER_IDLE_FOR", "1s",
                    "SPARSEMESH_MOST_WORKERS", "3");
    private static final String SCALING = "/internal/v1/autoscaling";
    private static final int JOBS = 4;

    /// Longer than a connection from the pool is waited for.
    private static final Duration OUTAGE = Duration.ofSeconds(6);

    @TempDir Path folder;

    @Test
    void twoDoTheWorkOfOneAndOneGoesOnAlone() throws Exception {
        try (LocalPostgres postgres = LocalPostgres.start(folder.resolve("postgres"));
                LocalKafka broker = LocalKafka.start(folder.resolve("kafka"));
                SchedulerProcess first = scheduler("first", broker, postgres);
                SchedulerProcess second = scheduler("second", broker, postgres);
                Wire wire = new Wire(broker.bootstrapServers())) {
            first.start();
            second.start();
            await("both are ready", () -> first.isReady() && second.isReady());
            ArtifactStore artifacts = new DirectoryArtifactStore(first.store());
            submitAll(wire);

            // Nobody works yet: the wish is there, up to the limit.
            await(
                    "both want all the workers they may",
                    () -> wanted(first).get(0) == 3 && wanted(second).equals(wanted(first)));
            probesOfOutages(broker, postgres, List.of(first, second));

            try (FakeWorker layers =
                            worker(
                                    broker,
                                    Topics.LAYER_WORKERS,
                                    Topics.LAYER_TASKS,
                                    wire,
                                    artifacts);
                    FakeWorker evaluations =
                            worker(
                                    broker,
                                    Topics.EVALUATORS,
                                    Topics.EVALUATION_TASKS,
                                    wire,
                                    artifacts)) {
                await("some tasks are done", () -> done(second) >= 15);
                first.kill();
                await("all jobs succeed", () -> done(second) == 18 * JOBS && open(second) == 0);

                // Then
                await(
                        "all is told",
                        () -> second.one("select count(*) from scheduler.outbox").equals("0"));
                for (JobId job : jobs().toList()) {
                    JobEvents.checkSucceeded(JobEvents.of(job, wire));
                }
                assertThat(layers.seen().size() + evaluations.seen().size())
                        .as("tasks handed out")
                        .isGreaterThanOrEqualTo(18 * JOBS);
                await("nobody is wanted", () -> wanted(second).equals(List.of(0, 0)));
            }
        }
    }

    private SchedulerProcess scheduler(String name, LocalKafka broker, LocalPostgres postgres) {
        return new SchedulerProcess("ReplicasIT-" + name, broker, postgres, folder, SETTINGS);
    }

    private static FakeWorker worker(
            LocalKafka broker, String group, String topic, Wire wire, ArtifactStore artifacts) {
        return new FakeWorker(
                broker.bootstrapServers(), group, topic, wire, artifacts, ReplicasIT::slowly);
    }

    private static Stream<JobId> jobs() {
        return IntStream.range(0, JOBS).mapToObj(number -> new JobId("replicas-" + number));
    }

    private static void submitAll(Wire wire) {
        jobs().forEach(
                        job ->
                                wire.send(
                                        Topics.REQUESTS,
                                        new JobSubmitted(
                                                job,
                                                JobSubmitted.DEFAULT_TENANT,
                                                Requests.sparseGpt(Propagation.SEQUENTIAL, true),
                                                Requests.model()),
                                        1));
    }

    /// A restart helps neither the broker nor the database, so no probe may ask for one. What is
    /// wanted is known without the broker; without the database nothing is said, rather than 0.
    private static void probesOfOutages(
            LocalKafka broker, LocalPostgres postgres, List<SchedulerProcess> schedulers)
            throws Exception {
        broker.kill();
        stayLive("the broker", schedulers);
        for (SchedulerProcess scheduler : schedulers) {
            // Not ready, and asked all the same: the chart's Service has such replicas too.
            await("it is not ready", () -> !scheduler.isReady());
            assertThat(wanted(scheduler)).first().isEqualTo(3);
        }
        postgres.kill();
        stayLive("broker and database", schedulers);
        for (SchedulerProcess scheduler : schedulers) {
            assertThat(scheduler.get(SCALING).statusCode()).isEqualTo(503);
        }
        postgres.restart();
        broker.restart();
        for (SchedulerProcess scheduler : schedulers) {
            await("it is ready again", scheduler::isReady);
        }
    }

    private static void stayLive(String without, List<SchedulerProcess> schedulers)
            throws Exception {
        Instant end = Instant.now().plus(OUTAGE);
        while (Instant.now().isBefore(end)) {
            for (SchedulerProcess scheduler : schedulers) {
                HttpResponse<String> live = scheduler.get("/q/health/live");
                assertThat(live.statusCode())
                        .as("live without %s: %s", without, live.body())
                        .isEqualTo(200);
                assertThat(live.body()).as("asks no channel").doesNotContain("results");
            }
            Thread.sleep(500);
        }
    }

    private static List<Integer> wanted(SchedulerProcess scheduler) throws Exception {
        JsonNode answer = new ObjectMapper().readTree(scheduler.get(SCALING).body());
        return List.of(
                answer.required("wantedWorkers").asInt(),
                answer.required("wantedEvaluators").asInt());
    }

    /// Slow enough that the death strikes in the middle.
    private static FakeWorker.Conduct slowly(LayerTask task) {
        try {
            Thread.sleep(50);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return FakeWorker.Conduct.DO_TWICE;
    }

    private static int done(SchedulerProcess scheduler) throws Exception {
        return Integer.parseInt(
                scheduler.one("select count(*) from scheduler.task where status = 'SUCCEEDED'"));
    }

    private static int open(SchedulerProcess scheduler) throws Exception {
        return Integer.parseInt(
                scheduler.one("select count(*) from scheduler.job where state <> 'SUCCEEDED'"));
    }
}
