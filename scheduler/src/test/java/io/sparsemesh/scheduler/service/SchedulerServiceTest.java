package io.sparsemesh.scheduler.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sparsemesh.artifacts.ArtifactStore;
import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.artifact.ArtifactKeys;
import io.sparsemesh.contracts.event.JobChanged;
import io.sparsemesh.contracts.event.JobError;
import io.sparsemesh.contracts.event.JobEvent;
import io.sparsemesh.contracts.event.JobRemoved;
import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.message.CancelRequested;
import io.sparsemesh.contracts.message.DeleteRequested;
import io.sparsemesh.contracts.message.JobSubmitted;
import io.sparsemesh.contracts.message.MessageType;
import io.sparsemesh.contracts.message.RetryRequested;
import io.sparsemesh.contracts.task.Failure;
import io.sparsemesh.contracts.task.LayerTask;
import io.sparsemesh.contracts.task.Lease;
import io.sparsemesh.contracts.task.TaskFailed;
import io.sparsemesh.scheduler.SchedulerSettings;
import io.sparsemesh.scheduler.core.Requests;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Set;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import javax.sql.DataSource;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The service against a real broker and a real database, with workers that misbehave.
@QuarkusTest
@QuarkusTestResource(Infra.class)
final class SchedulerServiceTest {

    private static final Duration PATIENCE = Duration.ofSeconds(40);

    @Inject DataSource database;
    @Inject ArtifactStore artifacts;
    @Inject MeterRegistry meters;
    @Inject SchedulerSettings settings;

    @ConfigProperty(name = "sparsemesh.store.place")
    Path store;

    private final JobId job = new JobId("job-" + UUID.randomUUID().toString().substring(0, 8));
    private final List<FakeWorker> workers = new ArrayList<>();
    private Wire wire;

    @BeforeEach
    void open() {
        wire = new Wire(settings.kafkaBootstrap());
    }

    @AfterEach
    void close() {
        workers.forEach(FakeWorker::close);
        wire.close();
    }

    private FakeWorker startWorkers(Function<LayerTask, FakeWorker.Conduct> conduct) {
        FakeWorker layers = worker(Topics.LAYER_WORKERS, Topics.LAYER_TASKS, conduct);
        worker(Topics.EVALUATORS, Topics.EVALUATION_TASKS, conduct);
        return layers;
    }

    private FakeWorker worker(
            String group, String topic, Function<LayerTask, FakeWorker.Conduct> conduct) {
        FakeWorker worker =
                new FakeWorker(settings.kafkaBootstrap(), group, topic, wire, artifacts, conduct);
        workers.add(worker);
        return worker;
    }

    private void submit(int times) {
        wire.send(
                Topics.REQUESTS,
                new JobSubmitted(
                        job,
                        JobSubmitted.DEFAULT_TENANT,
                        Requests.sparseGpt(Propagation.SEQUENTIAL, true),
                        Requests.model()),
                times);
    }

    @Test
    void aJobSucceedsThoughMessagesComeTwiceAndWorkersAreLost() throws SQLException {
        // Given
        startWorkers(
                task ->
                        switch (task.task() + " " + task.attempt()) {
                            case "calibrate-b000-s00 1" -> FakeWorker.Conduct.LOSE;
                            case "solve-b001-qk 1" -> FakeWorker.Conduct.DIE;
                            default -> FakeWorker.Conduct.DO_TWICE;
                        });
        double staleBefore = meters.counter("sparsemesh.results.stale").count();

        // When
        submit(2);
        await("the job succeeds", () -> state().equals("SUCCEEDED"));

        // Then
        await("the outbox is empty", () -> count("select count(*) from scheduler.outbox") == 0);
        assertThat(count("select count(*) from scheduler.task where job_id = ?", job.value()))
                .isEqualTo(count(TASKS_IN, job.value(), "SUCCEEDED"));
        assertThat(text(ATTEMPT, job.value(), "calibrate-b000-s00")).isEqualTo("2 0");
        assertThat(text(ATTEMPT, job.value(), "solve-b001-qk")).isEqualTo("2 1");
        assertThat(text(ATTEMPT, job.value(), "solve-b000-qk")).isEqualTo("1 0");
        assertThat(meters.counter("sparsemesh.results.stale").count()).isEqualTo(staleBefore);
        JobEvents.checkSucceeded(events());
    }

    private static final String TASKS_IN =
            "select count(*) from scheduler.task where job_id = ? and status = ?";
    private static final String ATTEMPT =
            "select attempt || ' ' || losses from scheduler.task where job_id = ? and task_id = ?";

    @Test
    void aCancelledJobIsRetriedAndThenDeleted() {
        // Given
        Set<String> first = new HashSet<>();
        FakeWorker layers =
                startWorkers(
                        task ->
                                task.work().kind().name().equals("SOLVE")
                                                && first.add(task.task().value())
                                        ? FakeWorker.Conduct.DIE
                                        : FakeWorker.Conduct.DO_TWICE);
        submit(1);
        await("a solve runs", () -> first.size() > 0);

        // When
        wire.send(Topics.REQUESTS, new CancelRequested(job), 2);
        await("it is cancelled", () -> state().equals("CANCELLED"));
        wire.send(Topics.REQUESTS, new RetryRequested(job), 2);
        await("it succeeds", () -> state().equals("SUCCEEDED"));
        await("it stores nothing", () -> artifacts.list(ArtifactKeys.jobPrefix(job)).isEmpty());
        wire.send(Topics.REQUESTS, new DeleteRequested(job), 2);
        await("it is gone", () -> state().isEmpty());

        // Then
        assertThat(
                        layers.seen().stream()
                                .filter(t -> t.task().value().equals("calibrate-b000-s00")))
                .as("what was done is kept")
                .hasSize(1);
        await("its end is told", () -> events().getLast() instanceof JobRemoved);
        assertThat(JobEvents.only(events(), JobChanged.class))
                .extracting(JobChanged::state)
                .containsSubsequence(
                        JobState.CANCELLING,
                        JobState.CANCELLED,
                        JobState.QUEUED,
                        JobState.SUCCEEDED);
        assertThat(count("select count(*) from scheduler.task where job_id = ?", job.value()))
                .isZero();

        // When a worker did not hear of it
        Lease late = new Lease(job, new TaskId("calibrate-b000-s00"), 1, 1, "cut-off");
        artifacts.put(ArtifactKeys.output(late, "hidden.safetensors"), new byte[] {1});
        wire.send(
                Topics.RESULTS,
                new TaskFailed(late, new Failure(Failure.Kind.ABANDONED, false, "late")),
                1);

        // Then
        await("it leaves nothing", () -> artifacts.list(ArtifactKeys.jobPrefix(job)).isEmpty());
    }

    @Test
    void aJobIsDeletedWhileTheStoreIsAwayAndItsArtifactsGoLater() throws IOException {
        // Given
        startWorkers(
                task ->
                        task.work().kind().name().equals("SOLVE")
                                ? FakeWorker.Conduct.FAIL
                                : FakeWorker.Conduct.DO);
        submit(1);
        await("the job fails", () -> state().equals("FAILED"));
        Lease lease = new Lease(job, new TaskId("calibrate-b000-s00"), 1, 1, "worker");
        artifacts.put(ArtifactKeys.output(lease, "hidden.safetensors"), new byte[] {1});

        // When
        Path aside = store.resolveSibling("aside");
        Files.move(store, aside);
        Files.createFile(store);
        try {
            wire.send(Topics.REQUESTS, new DeleteRequested(job), 1);
            await("it is gone", () -> state().isEmpty());
            await("its end is told", () -> events().getLast() instanceof JobRemoved);
        } finally {
            Files.delete(store);
            Files.move(aside, store);
        }

        // Then
        await("it leaves nothing", () -> artifacts.list(ArtifactKeys.jobPrefix(job)).isEmpty());
    }

    @Test
    void aFailedJobSaysWhyAndItsRetryDoesNothingTwice() {
        // Given
        startWorkers(
                task ->
                        (task.task() + " " + task.attempt()).equals("solve-b001-fc 1")
                                ? FakeWorker.Conduct.FAIL
                                : FakeWorker.Conduct.DO);
        submit(1);
        await("the job fails", () -> state().equals("FAILED"));
        String reason = text("select reason from scheduler.job where id = ?", job.value());

        // When
        wire.send(Topics.REQUESTS, new RetryRequested(job), 1);
        await("the job succeeds", () -> state().equals("SUCCEEDED"));

        // Then
        assertThat(reason).isEqualTo("layers.1.fc: " + FakeWorker.FAILURE.message());
        await("its end is told", () -> lastState() == JobState.SUCCEEDED);
        JobError error =
                JobEvents.only(events(), JobChanged.class).stream()
                        .filter(change -> change.state() == JobState.FAILED)
                        .map(JobChanged::error)
                        .findFirst()
                        .orElseThrow();
        assertThat(error).isEqualTo(new JobError("INVALID_MODEL", reason, "solve-b001-fc"));
        assertThat(text(ATTEMPT, job.value(), "solve-b001-fc")).isEqualTo("2 0");
        assertThat(text(SOLVED_AGAIN, job.value())).as("solved again").isEqualTo("solve-b001-fc");
    }

    private static final String SOLVED_AGAIN =
            "select string_agg(task_id, ' ') from scheduler.task"
                    + " where job_id = ? and kind = 'SOLVE' and attempt > 1";

    private JobState lastState() {
        return JobEvents.only(events(), JobChanged.class).getLast().state();
    }

    @Test
    void recordsThatCannotBeReadBlockNothing() {
        // Given
        startWorkers(_ -> FakeWorker.Conduct.DO_TWICE);
        byte[] garbage = job.value().getBytes(StandardCharsets.UTF_8);

        // When
        wire.sendRaw(new ProducerRecord<>(Topics.REQUESTS, "x", garbage));
        wire.sendRaw(new ProducerRecord<>(Topics.RESULTS, 0, "x", garbage));
        wire.sendRaw(new ProducerRecord<>(Topics.RESULTS, 1, "x", null));
        Instant submitted = Instant.now();
        submit(1);
        await("the job succeeds", () -> state().equals("SUCCEEDED"));

        // Then
        System.out.printf(
                "20 tasks of an idle job took %d ms%n",
                Duration.between(submitted, Instant.now()).toMillis());
        List<ConsumerRecord<String, byte[]>> dead = wire.readAll(Topics.DEAD_LETTERS);
        assertThat(dead).filteredOn(r -> "x".equals(r.key())).hasSizeGreaterThanOrEqualTo(3);
    }

    /// Its submitter would wait for ever.
    @Test
    void aSubmissionThatCannotBeReadFails() {
        // Given
        ProducerRecord<String, byte[]> broken =
                new ProducerRecord<>(
                        Topics.REQUESTS,
                        job.value(),
                        "{\"job\": 7}".getBytes(StandardCharsets.UTF_8));
        broken.headers()
                .add("ce_type", MessageType.JOB_SUBMITTED.typeName().getBytes())
                .add("ce_id", "broken-1".getBytes(StandardCharsets.UTF_8));

        // When
        wire.sendRaw(broken);
        await("the job fails", () -> state().equals("FAILED"));

        // Then
        List<JobChanged> told = JobEvents.only(events(), JobChanged.class);
        assertThat(told).hasSize(1);
        assertThat(told.getFirst().state()).isEqualTo(JobState.FAILED);
        assertThat(told.getFirst().reason()).contains("cannot read the submission");
        await(
                "the record is with the dead letters",
                () ->
                        wire.readAll(Topics.DEAD_LETTERS).stream()
                                .anyMatch(r -> job.value().equals(r.key())));
    }

    @Test
    void aTaskFollowsTheOneBeforeWithoutWaitingForAnyClock() {
        // Given
        FakeWorker worker = startWorkers(_ -> FakeWorker.Conduct.DO);
        int blocks = 40;

        // When
        wire.send(
                Topics.REQUESTS,
                new JobSubmitted(
                        job,
                        JobSubmitted.DEFAULT_TENANT,
                        Requests.chained(blocks),
                        Requests.chain(blocks)),
                1);
        await("the job succeeds", () -> state().equals("SUCCEEDED"));

        // Then
        assertThat(worker.pauses()).hasSize(2 * blocks + 1);
        LongSummaryStatistics all = millis(worker, 0);
        LongSummaryStatistics warm = millis(worker, blocks);
        System.out.printf(
                "hops from task to task: %d, mean %.1f ms, maximum %d ms;"
                        + " the later half: mean %.1f ms, maximum %d ms%n",
                all.getCount(), all.getAverage(), all.getMax(), warm.getAverage(), warm.getMax());
        assertThat(all.getAverage()).isLessThan(500);
    }

    /// Pauses of a worker without the first few, in which the JVM still compiles.
    private static LongSummaryStatistics millis(FakeWorker worker, int first) {
        return worker.pauses().stream()
                .skip(first)
                .mapToLong(Duration::toMillis)
                .summaryStatistics();
    }

    private List<JobEvent> events() {
        return JobEvents.of(job, wire);
    }

    private String state() {
        return text("select state from scheduler.job where id = ?", job.value());
    }

    private long count(String query, String... arguments) {
        return Long.parseLong(text(query, arguments));
    }

    private String text(String query, String... arguments) {
        try (Connection connection = database.getConnection();
                PreparedStatement select = connection.prepareStatement(query)) {
            for (int i = 0; i < arguments.length; i++) {
                select.setString(i + 1, arguments[i]);
            }
            try (ResultSet result = select.executeQuery()) {
                return result.next() ? result.getString(1) : "";
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void await(String what, BooleanSupplier condition) {
        Instant end = Instant.now().plus(PATIENCE);
        while (!condition.getAsBoolean()) {
            assertThat(Instant.now()).as(what).isBefore(end);
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
