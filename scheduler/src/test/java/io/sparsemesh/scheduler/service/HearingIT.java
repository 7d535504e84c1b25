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
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The packaged scheduler with the clocks it has in service, and a broker that is away for longer
/// than a worker may be silent.
final class HearingIT {

    private static final JobId JOB = new JobId("hearing");
    private static final Duration SILENCE = Duration.ofSeconds(20);

    @TempDir Path folder;

    @Test
    void anOutageOfTheBrokerCostsNoAttemptAndADeadWorkerIsNoticedAfterIt() throws Exception {
        // Given
        try (LocalPostgres postgres = LocalPostgres.start(folder.resolve("postgres"));
                LocalKafka broker = LocalKafka.start(folder.resolve("kafka"));
                SchedulerProcess scheduler =
                        new SchedulerProcess(HearingIT.class, broker, postgres, folder, Map.of());
                Wire wire = new Wire(broker.bootstrapServers())) {
            scheduler.start();
            await("the scheduler is ready", scheduler::isReady);
            ArtifactStore artifacts = new DirectoryArtifactStore(scheduler.store());
            try (FakeWorker worker =
                    new FakeWorker(
                            broker.bootstrapServers(),
                            Topics.LAYER_WORKERS,
                            Topics.LAYER_TASKS,
                            wire,
                            artifacts,
                            HearingIT::conduct)) {
                wire.send(
                        Topics.REQUESTS,
                        new JobSubmitted(
                                JOB,
                                JobSubmitted.DEFAULT_TENANT,
                                Requests.sparseGpt(Propagation.SEQUENTIAL, false),
                                Requests.model()),
                        1);
                await("both tasks run", () -> running(scheduler).equals("2"));

                // When
                broker.kill();
                Thread.sleep(SILENCE.plusSeconds(2));
                assertThat(attempts(scheduler)).as("while the broker is away").isEqualTo("1 1");
                broker.restart();
                Instant back = Instant.now();
                await("the dead worker is noticed", () -> !attempts(scheduler).equals("1 1"));

                // Then
                Duration noticed = Duration.between(back, Instant.now());
                System.out.printf(
                        "a worker that died before the outage was noticed %d ms after it%n",
                        noticed.toMillis());
                assertThat(attempts(scheduler)).isEqualTo("1 2");
                assertThat(noticed).isBetween(SILENCE.minusSeconds(5), SILENCE.plusSeconds(20));
                assertThat(worker.seen()).hasSizeGreaterThanOrEqualTo(2);
            }
        }
    }

    /// One of the two shards is in good hands, the other one's worker dies.
    private static FakeWorker.Conduct conduct(LayerTask task) {
        return task.task().value().equals("calibrate-b000-s00")
                ? FakeWorker.Conduct.HOLD
                : FakeWorker.Conduct.DIE;
    }

    private static String running(SchedulerProcess scheduler) throws SQLException {
        return scheduler.one("select count(*) from scheduler.task where status = 'RUNNING'");
    }

    /// Attempts of the two tasks, the held one first.
    private static String attempts(SchedulerProcess scheduler) throws SQLException {
        return scheduler.one(
                "select string_agg(attempt::text, ' ' order by task_id) from scheduler.task"
                        + " where task_id in ('calibrate-b000-s00', 'calibrate-b000-s01')");
    }
}
