package io.sparsemesh.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.evaluation.EvaluationResult;
import io.sparsemesh.contracts.evaluation.Tally;
import io.sparsemesh.contracts.event.EvaluationUpdated;
import io.sparsemesh.contracts.event.JobChanged;
import io.sparsemesh.contracts.event.JobError;
import io.sparsemesh.contracts.event.JobEvent;
import io.sparsemesh.contracts.event.JobResult;
import io.sparsemesh.contracts.event.LayersChanged;
import io.sparsemesh.contracts.event.TaskChanged;
import io.sparsemesh.contracts.job.FallbackPolicy;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.task.Failure;
import io.sparsemesh.contracts.task.Lease;
import io.sparsemesh.contracts.task.TaskFailed;
import io.sparsemesh.contracts.task.TaskHeartbeat;
import io.sparsemesh.contracts.task.TaskMessage;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskStarted;
import io.sparsemesh.contracts.task.TaskSucceeded;
import io.sparsemesh.contracts.task.TaskWork;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

final class DeciderTest {

    private static final JobId JOB = new JobId("job");
    private static final String FIRST = "calibrate-b000-s00";
    private static final Instant T0 = Instant.parse("2026-01-01T00:00:00Z");

    private final Decider decider = new Decider(Policy.standard(Duration.ofHours(2)));
    private Instant now = T0;
    private Decision last;
    private Job job;

    private void submit(JobRequest request) {
        last = decider.create(new Event.Submitted(JOB, request, Requests.model()), now);
        job = last.job();
    }

    private void submit() {
        submit(Requests.sparseGpt(Propagation.SEQUENTIAL, false));
    }

    private void happen(Event event) {
        last = decider.decide(job, event, now);
        job = last.job();
    }

    private void tell(TaskMessage message) {
        happen(new Event.Reported(message));
    }

    /// A look at the clocks; the workers could always be heard.
    private void tick(Pool... idle) {
        tick(new Hearing(Instant.MIN, now), idle);
    }

    private void tick(Hearing hearing, Pool... idle) {
        happen(new Event.Tick(Set.of(idle), hearing));
    }

    private void pass(Duration time) {
        now = now.plus(time);
    }

    private Lease lease(String task) {
        return new Lease(JOB, new TaskId(task), task(task).attempt(), 1, "w");
    }

    private Task task(String id) {
        return job.tasks().get(new TaskId(id));
    }

    private Lease start(String task) {
        happen(new Event.Granted(new TaskId(task)));
        Lease lease = lease(task);
        tell(new TaskStarted(lease));
        return lease;
    }

    /// Runs one task to its end; returns its work.
    private TaskWork finish(String task, String fallback) {
        happen(new Event.Granted(new TaskId(task)));
        WorkDraft draft =
                last.commands().stream()
                        .filter(Command.PublishTask.class::isInstance)
                        .map(c -> ((Command.PublishTask) c).work())
                        .findFirst()
                        .orElseThrow();
        Lease lease = lease(task);
        tell(new TaskStarted(lease));
        TaskWork work = draft instanceof WorkDraft.Complete complete ? complete.work() : null;
        tell(new TaskSucceeded(lease, output(draft, lease, fallback), 3));
        return work;
    }

    private static TaskOutput output(WorkDraft draft, Lease lease, String fallback) {
        return switch (draft) {
            case WorkDraft.Complete complete -> FakeWork.done(complete.work(), lease, fallback);
            case WorkDraft.Assemble assemble -> FakeWork.assembled(assemble.manifest());
            case WorkDraft.Report report -> FakeWork.reported(report.manifest());
        };
    }

    private void finishAll(String fallback) {
        while (!job.in(TaskStatus.READY).isEmpty()) {
            finish(job.in(TaskStatus.READY).getFirst().id().value(), fallback);
        }
    }

    private <T extends JobEvent> List<T> emitted(Class<T> type) {
        return last.commands().stream()
                .filter(Command.Emit.class::isInstance)
                .map(command -> ((Command.Emit) command).event())
                .filter(type::isInstance)
                .map(type::cast)
                .toList();
    }

    private JobError error() {
        return emitted(JobChanged.class).getLast().error();
    }

    // Lease and result -------------------------------------------------------------------------

    static Stream<TaskMessage> messagesOfOthers() {
        Lease current = new Lease(JOB, new TaskId(FIRST), 1, 2, "w");
        Failure failure = new Failure(Failure.Kind.DEVICE, true, "broken");
        return Stream.of(
                        new Lease(JOB, current.task(), 2, 2, "w"),
                        new Lease(JOB, current.task(), 0, 2, "w"),
                        new Lease(JOB, current.task(), 1, 1, "w"),
                        new Lease(JOB, current.task(), 1, 3, "w"),
                        new Lease(JOB, current.task(), 1, 2, "zombie"),
                        new Lease(JOB, new TaskId("solve-b000-qk"), 1, 2, "w"),
                        new Lease(JOB, new TaskId("no-such-task"), 1, 2, "w"))
                .flatMap(
                        lease ->
                                Stream.of(
                                        new TaskHeartbeat(lease),
                                        new TaskSucceeded(lease, null, 1),
                                        new TaskFailed(lease, failure)));
    }

    @ParameterizedTest
    @MethodSource("messagesOfOthers")
    void aMessageUnderAnotherLeaseChangesNothing(TaskMessage message) {
        // Given
        submit();
        happen(new Event.Granted(new TaskId(FIRST)));
        tell(new TaskStarted(new Lease(JOB, new TaskId(FIRST), 1, 2, "w")));
        Job before = job;

        // When
        tell(message);

        // Then
        assertThat(job).isSameAs(before);
        assertThat(last.commands()).isEmpty();
        assertThat(last.notes()).containsExactly(Note.STALE);
    }

    @ParameterizedTest
    @EnumSource(TaskStatus.class)
    void aTaskStartsOnlyWhenItIsQueued(TaskStatus status) {
        // Given
        submit();
        Lease lease = bring(status);
        Job before = job;

        // When
        tell(new TaskStarted(lease));

        // Then
        assertThat(job != before).isEqualTo(status == TaskStatus.QUEUED);
    }

    /// Brings a task to `status`; returns the lease that a worker of it would have.
    private Lease bring(TaskStatus status) {
        switch (status) {
            case BLOCKED -> {
                return lease("solve-b000-qk");
            }
            case READY -> {}
            case QUEUED -> happen(new Event.Granted(new TaskId(FIRST)));
            case RUNNING -> start(FIRST);
            case SUCCEEDED -> finish(FIRST, "");
            case FAILED -> {
                Lease lease = start(FIRST);
                tell(new TaskFailed(lease, new Failure(Failure.Kind.NUMERICAL, false, "NaN")));
            }
            case CANCELLED -> {
                happen(new Event.Granted(new TaskId(FIRST)));
                happen(new Event.CancelRequested());
            }
        }
        return lease(FIRST);
    }

    @Test
    void aRecordGivenToAnotherWorkerMovesTheLease() {
        // Given
        submit();
        Lease first = start(FIRST);
        Lease second = new Lease(JOB, first.task(), 1, 2, "other");

        // When
        tell(new TaskStarted(second));

        // Then
        assertThat(task(FIRST).lease(JOB)).contains(second);
        tell(new TaskHeartbeat(first));
        assertThat(last.notes()).containsExactly(Note.STALE);
    }

    @Test
    void anOutputThatLacksALinearFailsTheJobByName() {
        // Given
        submit();
        finish(FIRST, "");
        finish("calibrate-b000-s01", "");
        Lease lease = start("solve-b000-qk");
        TaskOutput empty = new TaskOutput.Solved(null, List.of());

        // When
        tell(new TaskSucceeded(lease, empty, 1));

        // Then
        assertThat(job.state()).isEqualTo(JobState.FAILED);
        assertThat(error().code()).isEqualTo("INTERNAL");
        assertThat(error().message())
                .contains("layers.0.q_proj", "expected reports of", "found []");
    }

    // Clocks and retries -----------------------------------------------------------------------

    @Test
    void aSilentLeaseIsHandedOutAgainAfterTwentySeconds() {
        // Given
        submit();
        start(FIRST);
        pass(Duration.ofSeconds(20));
        tick();
        assertThat(task(FIRST).status()).isEqualTo(TaskStatus.RUNNING);

        // When
        pass(Duration.ofMillis(1));
        tick();

        // Then
        assertThat(last.notes()).containsExactly(Note.LEASE_EXPIRED);
        assertThat(emitted(TaskChanged.class)).extracting(TaskChanged::state).contains("RETRYING");
        pass(Duration.ofSeconds(1));
        happen(new Event.Granted(new TaskId(FIRST)));
        assertThat(task(FIRST).attempt()).isEqualTo(2);
    }

    @Test
    void aHeartbeatKeepsTheLease() {
        // Given
        submit();
        Lease lease = start(FIRST);
        pass(Duration.ofSeconds(19));
        tell(new TaskHeartbeat(lease));

        // When
        pass(Duration.ofSeconds(19));
        tick();

        // Then
        assertThat(task(FIRST).status()).isEqualTo(TaskStatus.RUNNING);
    }

    @Test
    void aLeaseOutlivesATimeInWhichItsWorkerCouldNotBeHeard() {
        // Given
        submit();
        start(FIRST);
        pass(Duration.ofMinutes(10));

        // When
        tick(Hearing.NOTHING);
        tick(new Hearing(T0, T0.plusSeconds(20)));
        tick(new Hearing(now.minusSeconds(20), now));

        // Then
        assertThat(task(FIRST).status()).isEqualTo(TaskStatus.RUNNING);
    }

    @Test
    void aLeaseExpiresTwentySecondsAfterItsSilentWorkerCouldBeHeardAgain() {
        // Given
        submit();
        start(FIRST);
        pass(Duration.ofMinutes(10));

        // When
        tick(new Hearing(now.minusSeconds(20).minusMillis(1), now));

        // Then
        assertThat(last.notes()).containsExactly(Note.LEASE_EXPIRED);
    }

    @Test
    void aLongAttemptIsNotCutOffBeforeItsResultCouldBeHeard() {
        // Given
        submit();
        Lease lease = start(FIRST);
        pass(Duration.ofHours(3));
        tell(new TaskHeartbeat(lease));

        // When
        tick(new Hearing(now.minusSeconds(20), now));

        // Then
        assertThat(task(FIRST).status()).isEqualTo(TaskStatus.RUNNING);
    }

    @Test
    void aTaskIsNotSentAgainBeforeItsStartCouldBeHeardForAMinute() {
        // Given
        submit();
        happen(new Event.Granted(new TaskId(FIRST)));
        pass(Duration.ofMinutes(10));
        tick(Hearing.NOTHING, Pool.LAYERS);
        tick(new Hearing(now.minusSeconds(60), now), Pool.LAYERS);
        assertThat(task(FIRST).status()).isEqualTo(TaskStatus.QUEUED);

        // When
        tick(new Hearing(now.minusSeconds(61), now), Pool.LAYERS);

        // Then
        assertThat(task(FIRST).status()).isEqualTo(TaskStatus.READY);
    }

    @Test
    void whatWasHeardBeforeTheClockWentBackSaysNothing() {
        // Given
        submit();
        start(FIRST);
        Hearing hearing = new Hearing(T0, T0.plusSeconds(5));
        pass(Duration.ofHours(-1));

        // When
        tick(hearing);
        tick(hearing);

        // Then
        assertThat(task(FIRST).status()).isEqualTo(TaskStatus.RUNNING);
    }

    @Test
    void anAttemptThatRunsTooLongIsHandedOutAgainThoughItsWorkerLives() {
        // Given
        submit();
        Lease lease = start(FIRST);
        pass(Duration.ofHours(2).plusSeconds(1));
        tell(new TaskHeartbeat(lease));

        // When
        tick();

        // Then
        assertThat(last.notes()).contains(Note.RAN_TOO_LONG);
        assertThat(task(FIRST).status()).isEqualTo(TaskStatus.READY);
    }

    @Test
    void aTaskThatNobodyPicksUpIsSentAgainOnlyIfAWorkerIsIdle() {
        // Given
        submit();
        happen(new Event.Granted(new TaskId(FIRST)));
        pass(Duration.ofSeconds(61));
        tick(Pool.EVALUATIONS);
        assertThat(task(FIRST).status()).isEqualTo(TaskStatus.QUEUED);

        // When
        tick(Pool.LAYERS);

        // Then
        assertThat(task(FIRST).status()).isEqualTo(TaskStatus.READY);
        assertThat(task(FIRST).losses()).isZero();
    }

    @Test
    void aClockThatGoesBackStartsTheLeaseAnew() {
        // Given
        submit();
        start(FIRST);
        pass(Duration.ofHours(-1));
        tick();

        // When
        pass(Duration.ofSeconds(21));
        tick();

        // Then
        assertThat(task(FIRST).status()).isEqualTo(TaskStatus.READY);
    }

    @Test
    void theFifthFailureFailsTheJob() {
        // Given
        submit();
        for (int i = 1; i <= 4; i++) {
            fail(FIRST, true);
            assertThat(job.state()).isEqualTo(JobState.PRUNING);
            pass(Duration.ofSeconds(30));
        }

        // When
        fail(FIRST, true);

        // Then
        assertThat(job.state()).isEqualTo(JobState.FAILED);
        assertThat(error().code()).isEqualTo("DEVICE");
        assertThat(task(FIRST).attempt()).isEqualTo(5);
    }

    private void fail(String task, boolean retryable) {
        Lease lease = start(task);
        tell(new TaskFailed(lease, new Failure(Failure.Kind.DEVICE, retryable, "no memory")));
    }

    @Test
    void aTaskWaitsLongerAfterEachFailure() {
        // Given
        submit();
        fail(FIRST, true);
        Instant first = ((Phase.Ready) task(FIRST).phase()).notBefore();
        assertThat(first).isEqualTo(now.plusSeconds(1));
        happen(new Event.Granted(new TaskId(FIRST)));
        assertThat(last.notes()).containsExactly(Note.ILLEGAL);
        pass(Duration.ofSeconds(1));

        // When
        fail(FIRST, true);

        // Then
        assertThat(((Phase.Ready) task(FIRST).phase()).notBefore()).isEqualTo(now.plusSeconds(2));
    }

    @Test
    void aFailureThatCannotPassFailsTheJobAtOnceAndNamesTheLayer() {
        // Given
        submit();
        finish(FIRST, "");
        finish("calibrate-b000-s01", "");
        start("solve-b000-fc");

        // When
        fail("solve-b000-qk", false);

        // Then
        assertThat(job.state()).isEqualTo(JobState.FAILED);
        assertThat(error().code()).isEqualTo("DEVICE");
        assertThat(error().message()).isEqualTo("layers.0.q_proj, layers.0.k_proj: no memory");
        assertThat(job.reason()).isEqualTo(error().message());
        assertThat(error().task()).isEqualTo("solve-b000-qk");
        assertThat(task("solve-b000-fc").status()).isEqualTo(TaskStatus.CANCELLED);
        assertThat(task(FIRST).status()).isEqualTo(TaskStatus.SUCCEEDED);
        assertThat(last.commands()).contains(new Command.Abandon(JOB));
    }

    @Test
    void theTwentiethLossFailsTheJob() {
        // Given
        submit();
        for (int i = 1; i < 20; i++) {
            lose();
            assertThat(job.state()).isEqualTo(JobState.PRUNING);
        }

        // When
        lose();

        // Then
        assertThat(job.state()).isEqualTo(JobState.FAILED);
        assertThat(error().code()).isEqualTo("LOST");
    }

    private void lose() {
        start(FIRST);
        pass(Duration.ofSeconds(31));
        tick();
        pass(Duration.ofSeconds(31));
    }

    @ParameterizedTest
    @CsvSource({"QUEUED,168 h", "PRUNING,336 h", "ASSEMBLING,24 h", "EVALUATING,168 h"})
    void aStateHasADeadline(JobState state, String limit) {
        // Given
        submit();
        bring(state);
        List<Task> done = job.in(TaskStatus.SUCCEEDED);
        pass(Policy.standard(Duration.ofHours(2)).deadlines().get(state));
        happen(new Event.Tick(Set.of(), Hearing.NOTHING));
        assertThat(job.state()).isEqualTo(state);

        // When
        pass(Duration.ofMillis(1));
        happen(new Event.Tick(Set.of(), Hearing.NOTHING));

        // Then
        assertThat(job.state()).isEqualTo(JobState.FAILED);
        assertThat(error().code()).isEqualTo("DEADLINE");
        assertThat(job.reason()).isEqualTo("%s for longer than %s".formatted(state, limit));
        assertThat(job.in(TaskStatus.SUCCEEDED)).isEqualTo(done);
        assertThat(job.in(TaskStatus.CANCELLED)).hasSize(job.tasks().size() - done.size());
    }

    @ParameterizedTest
    @EnumSource(
            value = JobState.class,
            names = {"VALIDATING"},
            mode = EnumSource.Mode.EXCLUDE)
    void aJobIsLookedAtAgainUntilItIsOver(JobState state) {
        // Given
        submit();
        bring(state);

        // When
        Instant next = new Alarm(Policy.standard(Duration.ofHours(2))).next(job, now);

        // Then
        if (state.isTerminal()) {
            assertThat(next).isEqualTo(Instant.MAX);
        } else {
            assertThat(next).isBetween(now.plusMillis(300), now.plusSeconds(5));
        }
    }

    // Requests ---------------------------------------------------------------------------------

    @Test
    void whatCannotBePlannedFails() {
        // Given
        JobRequest request = Requests.sparseGpt(Propagation.DENSE, false);
        var model = Requests.model();
        var small =
                new io.sparsemesh.contracts.model.Architecture(
                        "opt", "opt", "F16", 64, 500, 8, 2, model.groups(), List.of(), 1);

        // When
        last = decider.create(new Event.Submitted(JOB, request, small), now);

        // Then
        assertThat(last.job().state()).isEqualTo(JobState.FAILED);
        assertThat(error().code()).isEqualTo("PLAN");
        assertThat(error().message()).contains("/calibration/sequenceLength", "8", "16");
    }

    @Test
    void aRetriedPlanFailsAgain() {
        // Given
        whatCannotBePlannedFails();
        job = last.job();

        // When
        happen(new Event.RetryRequested());

        // Then
        assertThat(emitted(JobChanged.class))
                .extracting(JobChanged::state)
                .containsExactly(JobState.QUEUED, JobState.FAILED);
    }

    @Test
    void aJobWithoutRunningTasksIsCancelledAtOnce() {
        // Given
        submit();
        happen(new Event.Granted(new TaskId(FIRST)));

        // When
        happen(new Event.CancelRequested());

        // Then
        assertThat(emitted(JobChanged.class))
                .extracting(JobChanged::state)
                .containsExactly(JobState.CANCELLING, JobState.CANCELLED);
        assertThat(last.commands()).contains(new Command.Abandon(JOB));
    }

    @Test
    void aRunningTaskIsWaitedForUntilItsWorkerLetsGo() {
        // Given
        submit();
        Lease lease = start(FIRST);
        happen(new Event.CancelRequested());
        assertThat(job.state()).isEqualTo(JobState.CANCELLING);
        tell(new TaskHeartbeat(lease));
        assertThat(last.commands()).containsExactly(new Command.Abandon(JOB));

        // When
        tell(new TaskFailed(lease, new Failure(Failure.Kind.ABANDONED, true, "asked to")));

        // Then
        assertThat(job.state()).isEqualTo(JobState.CANCELLED);
    }

    @Test
    void aRunningTaskIsWaitedForUntilItsHeartbeatsEnd() {
        // Given
        submit();
        start(FIRST);
        happen(new Event.CancelRequested());

        // When
        pass(Duration.ofSeconds(21));
        tick();

        // Then
        assertThat(job.state()).isEqualTo(JobState.CANCELLED);
    }

    @Test
    void cancellingEndsThoughAWorkerNeverLetsGo() {
        // Given
        submit();
        Lease lease = start(FIRST);
        happen(new Event.CancelRequested());

        // When
        pass(Duration.ofMinutes(2).plusSeconds(1));
        tell(new TaskHeartbeat(lease));
        tick();

        // Then
        assertThat(job.state()).isEqualTo(JobState.CANCELLED);
    }

    @Test
    void workThatIsDoneWhileCancellingIsKept() {
        // Given
        submit();
        happen(new Event.Granted(new TaskId(FIRST)));
        WorkDraft draft = ((Command.PublishTask) last.commands().getFirst()).work();
        Lease lease = lease(FIRST);
        tell(new TaskStarted(lease));
        happen(new Event.CancelRequested());

        // When
        tell(new TaskSucceeded(lease, output(draft, lease, ""), 1));
        happen(new Event.RetryRequested());

        // Then
        assertThat(job.state()).isEqualTo(JobState.QUEUED);
        assertThat(task(FIRST).status()).isEqualTo(TaskStatus.SUCCEEDED);
        assertThat(task("calibrate-b000-s01").status()).isEqualTo(TaskStatus.READY);
        assertThat(task("solve-b000-qk").status()).isEqualTo(TaskStatus.BLOCKED);
    }

    @Test
    void aRetriedJobGoesOnCountingAttempts() {
        // Given
        submit();
        fail(FIRST, false);

        // When
        happen(new Event.RetryRequested());
        happen(new Event.Granted(new TaskId(FIRST)));

        // Then
        assertThat(task(FIRST).attempt()).isEqualTo(2);
        assertThat(task(FIRST).failures()).isZero();
    }

    @Test
    void aRetriedJobDoesNothingTwice() {
        // Given
        submit(Requests.sparseGpt(Propagation.SEQUENTIAL, true));
        finishUntilReady("solve-b001-qk");
        fail("solve-b001-qk", false);
        happen(new Event.RetryRequested());
        finishUntilReady("assemble");
        happen(new Event.CancelRequested());
        happen(new Event.RetryRequested());
        finishUntilReady("evaluate-pruned-wiki-2");
        fail("evaluate-pruned-wiki-2", false);

        // When
        happen(new Event.RetryRequested());
        finishAll("");

        // Then
        assertThat(job.state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(job.tasks().values())
                .allSatisfy(
                        task ->
                                assertThat(task.attempt())
                                        .as(task.id().value())
                                        .isEqualTo(
                                                FAILED_ONCE.contains(task.id().value()) ? 2 : 1));
    }

    private static final Set<String> FAILED_ONCE =
            Set.of("solve-b001-qk", "evaluate-pruned-wiki-2");

    @ParameterizedTest
    @EnumSource(
            value = JobState.class,
            names = {"VALIDATING"},
            mode = EnumSource.Mode.EXCLUDE)
    void aRequestThatTheStateForbidsChangesNothing(JobState state) {
        // Given
        submit();
        bring(state);
        assertThat(job.state()).isEqualTo(state);
        Job before = job;
        boolean retryable = state == JobState.FAILED || state == JobState.CANCELLED;
        boolean cancellable = !state.isTerminal() && state != JobState.CANCELLING;

        // When
        Decision cancelled = decider.decide(before, new Event.CancelRequested(), now);
        Decision retried = decider.decide(before, new Event.RetryRequested(), now);
        Decision deleted = decider.decide(before, new Event.DeleteRequested(), now);
        Decision again =
                decider.decide(
                        before, new Event.Submitted(JOB, job.request(), Requests.model()), now);

        // Then
        assertThat(cancelled.job() != before).isEqualTo(cancellable);
        assertThat(retried.job() != before).isEqualTo(retryable);
        assertThat(deleted.removed()).isEqualTo(state.isTerminal());
        assertThat(again.job()).isSameAs(before);
        assertThat(again.notes()).containsExactly(Note.ILLEGAL);
    }

    private void bring(JobState state) {
        switch (state) {
            case QUEUED -> {}
            case PRUNING -> start(FIRST);
            case FAILED -> fail(FIRST, false);
            case CANCELLING -> {
                start(FIRST);
                happen(new Event.CancelRequested());
            }
            case CANCELLED -> happen(new Event.CancelRequested());
            case SUCCEEDED -> finishAll("");
            case DEGRADED -> finishAll("layers.1.fc");
            case ASSEMBLING -> finishUntilReady("assemble");
            case EVALUATING -> finishUntilReady("evaluate-pruned-wiki-0");
            case VALIDATING -> throw new IllegalArgumentException(state.name());
        }
    }

    private void finishUntilReady(String task) {
        while (task(task).status() != TaskStatus.READY) {
            finish(job.in(TaskStatus.READY).getFirst().id().value(), "");
        }
    }

    // Work and results -------------------------------------------------------------------------

    @Test
    void aBlockIsCalibratedWithTheOutputsOfTheOneBefore() {
        // Given
        submit();
        finish("calibrate-b000-s01", "");
        finish(FIRST, "");
        finish("solve-b000-fc", "");
        finish("solve-b000-qk", "");

        // When
        TaskWork.Calibrate work = (TaskWork.Calibrate) finish("calibrate-b001-s01", "");

        // Then
        assertThat(work.from()).isZero();
        assertThat(work.block()).isEqualTo(1);
        assertThat(work.hidden())
                .extracting(ref -> ref.key())
                .containsExactly("jobs/job/calibrate-b000-s01/a1.d1/hidden");
        assertThat(work.overrides())
                .extracting(ref -> ref.key())
                .containsExactly(
                        "jobs/job/solve-b000-qk/a1.d1/weights",
                        "jobs/job/solve-b000-fc/a1.d1/weights");
    }

    @Test
    void aSolveSumsShardsInTheirOrder() {
        // Given
        submit();
        finish("calibrate-b000-s01", "");
        finish(FIRST, "");

        // When
        TaskWork.Solve work = (TaskWork.Solve) finish("solve-b000-qk", "");

        // Then
        assertThat(work.grams())
                .extracting(ref -> ref.key())
                .containsExactly(
                        "jobs/job/calibrate-b000-s00/a1.d1/qk",
                        "jobs/job/calibrate-b000-s01/a1.d1/qk");
        assertThat(work.sequences()).isEqualTo(2);
        assertThat(work.tokens()).isEqualTo(32);
        assertThat(emitted(LayersChanged.class).getFirst().layers())
                .extracting(LayersChanged.Layer::state)
                .containsExactly("SUCCEEDED", "SUCCEEDED");
    }

    @Test
    void densePropagationWaitsForNoSolve() {
        // Given
        submit(Requests.sparseGpt(Propagation.DENSE, false));

        // When
        finish(FIRST, "");
        TaskWork.Calibrate work = (TaskWork.Calibrate) finish("calibrate-b001-s00", "");

        // Then
        assertThat(work.overrides()).isEmpty();
        assertThat(work.hidden()).hasSize(1);
    }

    @Test
    void everySliceIsToldAndTheResultDoesNotDependOnTheirOrder() {
        // Given
        submit();
        while (task("evaluate-pruned-wiki-0").status() != TaskStatus.READY) {
            finish(job.in(TaskStatus.READY).getFirst().id().value(), "");
        }
        assertThat(job.state()).isEqualTo(JobState.EVALUATING);
        finish("evaluate-pruned-wiki-3", "");
        EvaluationUpdated first = emitted(EvaluationUpdated.class).getFirst();

        // When
        finishAll("");

        // Then
        assertThat(first.evaluation().slicesDone()).isEqualTo(1);
        assertThat(first.evaluation().slices()).isEqualTo(4);
        JobChanged end = emitted(JobChanged.class).getLast();
        assertThat(end.state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(end.result().pruned().get("wiki").get("perplexity"))
                .isEqualTo(Math.exp((11.0 + (11 + 0.1 * 1) + (11 + 0.1 * 2) + (11 + 0.1 * 3)) / 8));
        assertThat(end.result().dense()).isEmpty();
        assertThat(end.result().files()).hasSize(2);
    }

    @Test
    void aPartialResultSumsTheSlicesThatAreDone() {
        // Given
        submit();
        bring(JobState.EVALUATING);
        finish("evaluate-pruned-wiki-3", "");

        // When
        finish("evaluate-pruned-wiki-1", "");

        // Then
        EvaluationResult partial = emitted(EvaluationUpdated.class).getFirst().evaluation();
        assertThat(partial.variant()).isEqualTo("pruned");
        assertThat(partial.slicesDone()).isEqualTo(2);
        assertThat(partial.items()).isEqualTo(4);
        assertThat(partial.metrics())
                .containsExactly(
                        Map.entry("perplexity", Math.exp(((11 + 0.1 * 1) + (11 + 0.1 * 3)) / 4)));
    }

    @Test
    void bothVariantsStandInTheResult() {
        // Given
        submit(Requests.sparseGpt(Propagation.SEQUENTIAL, true));

        // When
        finishAll("");

        // Then
        JobResult result = emitted(JobChanged.class).getLast().result();
        assertThat(result.dense().get("wiki")).containsEntry("perplexity", perplexity(13));
        assertThat(result.pruned().get("wiki")).containsEntry("perplexity", perplexity(11));
    }

    /// Over four slices of two windows whose losses [FakeWork] makes from `loss`.
    private static double perplexity(double loss) {
        return Math.exp((loss + (loss + 0.1 * 1) + (loss + 0.1 * 2) + (loss + 0.1 * 3)) / 8);
    }

    @Test
    void aMeasurementThatFailsForGoodFailsTheJobAndSaysWhatWasMeasured() {
        // Given
        submit();
        bring(JobState.EVALUATING);
        fail("evaluate-pruned-wiki-0", true);
        assertThat(job.state()).isEqualTo(JobState.EVALUATING);
        Failure failure =
                new Failure(Failure.Kind.NUMERICAL, false, "block 1: activations are not finite");
        Lease lease = start("evaluate-pruned-wiki-1");

        // When
        tell(new TaskFailed(lease, failure));

        // Then
        assertThat(job.state()).isEqualTo(JobState.FAILED);
        assertThat(error().code()).isEqualTo("NUMERICAL");
        assertThat(error().message())
                .isEqualTo("wiki of the pruned model: block 1: activations are not finite");
    }

    @Test
    void aTallyOfAnotherKindFailsTheJobByName() {
        // Given
        submit();
        bring(JobState.EVALUATING);
        Lease lease = start("evaluate-pruned-wiki-0");
        TaskOutput output = new TaskOutput.Evaluated(Tally.none(Tally.Kind.CHOICE));

        // When
        tell(new TaskSucceeded(lease, output, 1));

        // Then
        assertThat(error().message())
                .contains("evaluate-pruned-wiki-0: expected a tally of the suite perplexity");
    }

    @Test
    void magnitudeStartsWithTheSolves() {
        // Given
        submit(
                Requests.request(
                        MethodName.MAGNITUDE,
                        Propagation.SEQUENTIAL,
                        true,
                        FallbackPolicy.DEGRADE,
                        0));

        // When
        finishAll("");

        // Then
        assertThat(job.state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(emitted(JobChanged.class).getLast().result().dense()).containsKey("wiki");
    }

    @Test
    void aFallbackDegradesTheJob() {
        // Given
        submit();

        // When
        finishAll("layers.1.fc");

        // Then
        assertThat(job.state()).isEqualTo(JobState.DEGRADED);
        assertThat(emitted(JobChanged.class).getLast().result().degraded())
                .containsExactly("layers.1.fc");
    }

    @Test
    void aForbiddenFallbackFailsTheJob() {
        // Given
        submit(
                Requests.request(
                        MethodName.SPARSEGPT,
                        Propagation.SEQUENTIAL,
                        false,
                        FallbackPolicy.FAIL,
                        0));

        // When
        finishAll("layers.0.fc");

        // Then
        assertThat(job.state()).isEqualTo(JobState.FAILED);
        assertThat(error().code()).isEqualTo("FALLBACK");
        assertThat(error().message()).contains("layers.0.fc (damping x10)");
    }

    @Test
    void aTaskThatCannotBeToldFailsTheJob() {
        // Given
        submit();

        // When
        happen(new Event.Defect(new TaskId(FIRST), "expected at most 65536 bytes, found 70000"));

        // Then
        assertThat(job.state()).isEqualTo(JobState.FAILED);
        assertThat(error().code()).isEqualTo("INTERNAL");
    }
}
