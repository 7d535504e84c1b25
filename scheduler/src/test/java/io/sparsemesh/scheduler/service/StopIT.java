package io.sparsemesh.scheduler.service;

import static io.sparsemesh.scheduler.service.SchedulerProcess.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.message.CancelRequested;
import io.sparsemesh.contracts.message.DeleteRequested;
import io.sparsemesh.contracts.message.JobSubmitted;
import io.sparsemesh.contracts.task.Failure;
import io.sparsemesh.contracts.task.Lease;
import io.sparsemesh.contracts.task.TaskFailed;
import io.sparsemesh.embedded.LocalKafka;
import io.sparsemesh.embedded.LocalPostgres;
import io.sparsemesh.scheduler.core.Requests;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The packaged scheduler is told to end while what it was asked waits for the database.
final class StopIT {

    private static final JobId OLD = new JobId("old");
    private static final int NEW_JOBS = 5;
    private static final Duration UNTIL_THEY_WAIT = Duration.ofSeconds(3);

    @TempDir Path folder;

    private static JobSubmitted submission(JobId job) {
        return new JobSubmitted(
                job,
                JobSubmitted.DEFAULT_TENANT,
                Requests.sparseGpt(Propagation.SEQUENTIAL, false),
                Requests.model());
    }

    private static List<JobId> newJobs() {
        return IntStream.range(0, NEW_JOBS).mapToObj(i -> new JobId("new-" + i)).toList();
    }

    @Test
    void whatWaitsForTheDatabaseIsDoneByTheNextOne() throws Exception {
        try (LocalPostgres postgres = LocalPostgres.start(folder.resolve("postgres"));
                LocalKafka broker = LocalKafka.start(folder.resolve("kafka"));
                SchedulerProcess scheduler =
                        new SchedulerProcess(StopIT.class, broker, postgres, folder, Map.of());
                Wire wire = new Wire(broker.bootstrapServers())) {
            // Given
            scheduler.start();
            await("the scheduler is ready", scheduler::isReady);
            wire.send(Topics.REQUESTS, submission(OLD), 1);
            wire.send(Topics.REQUESTS, new CancelRequested(OLD), 1);
            await(
                    "the old job is cancelled",
                    () -> scheduler.one("select state from scheduler.job").equals("CANCELLED"));

            // When
            postgres.kill();
            wire.send(Topics.REQUESTS, new DeleteRequested(OLD), 1);
            for (JobId job : newJobs()) {
                wire.send(Topics.REQUESTS, submission(job), 1);
            }
            Lease lease = new Lease(OLD, new TaskId("calibrate-b000-s00"), 1, 1, "worker");
            Failure failure = new Failure(Failure.Kind.DEVICE, true, "late");
            wire.send(Topics.RESULTS, new TaskFailed(lease, failure), 1);
            Thread.sleep(UNTIL_THEY_WAIT);
            scheduler.terminate();
            postgres.restart();
            scheduler.start();

            // Then
            await(
                    "the new jobs are planned and the old one is deleted",
                    () ->
                            scheduler
                                    .one(
                                            "select string_agg(id, ' ' order by id) from scheduler.job")
                                    .equals("new-0 new-1 new-2 new-3 new-4"));
            assertThat(wire.readAll(Topics.DEAD_LETTERS)).isEmpty();
        }
    }
}
