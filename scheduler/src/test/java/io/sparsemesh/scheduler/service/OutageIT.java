package io.sparsemesh.scheduler.service;

import static io.sparsemesh.scheduler.service.SchedulerProcess.await;
import static org.assertj.core.api.Assertions.assertThat;

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
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The packaged scheduler while it, its broker and its database are killed in the middle of a job.
final class OutageIT {

    private static final JobId JOB = new JobId("outages");
    private static final Map<String, String> SHORT_CLOCKS =
            Map.of(
                    "SPARSEMESH_SCHEDULER_HEARTBEAT", "5s",
                    "SPARSEMESH_SCHEDULER_PICK_UP", "5s",
                    "SPARSEMESH_SCHEDULER_IDLE_FOR", "1s");

    @TempDir Path folder;

    @Test
    void aJobSurvivesTheDeathOfTheSchedulerTheBrokerAndTheDatabase() throws Exception {
        // Given
        try (LocalPostgres postgres = LocalPostgres.start(folder.resolve("postgres"));
                LocalKafka broker = LocalKafka.start(folder.resolve("kafka"));
                SchedulerProcess scheduler =
                        new SchedulerProcess(
                                OutageIT.class, broker, postgres, folder, SHORT_CLOCKS);
                Wire wire = new Wire(broker.bootstrapServers())) {
            scheduler.start();
            await("the scheduler is ready", scheduler::isReady);
            ArtifactStore artifacts = new DirectoryArtifactStore(scheduler.store());
            try (FakeWorker layers =
                            new FakeWorker(
                                    broker.bootstrapServers(),
                                    Topics.LAYER_WORKERS,
                                    Topics.LAYER_TASKS,
                                    wire,
                                    artifacts,
                                    OutageIT::slowly);
                    FakeWorker evaluations =
                            new FakeWorker(
                                    broker.bootstrapServers(),
                                    Topics.EVALUATORS,
                                    Topics.EVALUATION_TASKS,
                                    wire,
                                    artifacts,
                                    OutageIT::slowly)) {

                // When
                wire.send(
                        Topics.REQUESTS,
                        new JobSubmitted(
                                JOB,
                                JobSubmitted.DEFAULT_TENANT,
                                Requests.sparseGpt(Propagation.SEQUENTIAL, true),
                                Requests.model()),
                        1);
                await("some tasks are done", () -> done(scheduler) >= 3);
                scheduler.kill();
                scheduler.start();
                await("more tasks are done", () -> done(scheduler) >= 6);
                broker.kill();
                Thread.sleep(1000);
                broker.restart();
                await("still more tasks are done", () -> done(scheduler) >= 9);
                postgres.kill();
                Thread.sleep(1000);
                postgres.restart();
                await(
                        "the job succeeds",
                        () -> scheduler.one("select state from scheduler.job").equals("SUCCEEDED"));

                // Then
                await("all is told", () -> scheduler.one(OUTBOX).equals("0"));
                JobEvents.checkSucceeded(JobEvents.of(JOB, wire));
                assertThat(done(scheduler)).isEqualTo(18);
                assertThat(layers.seen().size() + evaluations.seen().size())
                        .as("tasks handed out")
                        .isGreaterThanOrEqualTo(18);
                await("the scheduler is ready again", scheduler::isReady);
            }
        }
    }

    private static final String OUTBOX = "select count(*) from scheduler.outbox";

    /// Slow enough that outages strike in the middle.
    private static FakeWorker.Conduct slowly(LayerTask task) {
        try {
            Thread.sleep(150);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return FakeWorker.Conduct.DO_TWICE;
    }

    private static int done(SchedulerProcess scheduler) throws SQLException {
        return Integer.parseInt(
                scheduler.one("select count(*) from scheduler.task where status = 'SUCCEEDED'"));
    }
}
