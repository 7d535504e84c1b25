package io.sparsemesh.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.event.JobChanged;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.task.Failure;
import io.sparsemesh.contracts.task.Lease;
import io.sparsemesh.contracts.task.TaskFailed;
import io.sparsemesh.contracts.task.TaskHeartbeat;
import io.sparsemesh.contracts.task.TaskStarted;
import io.sparsemesh.contracts.task.TaskSucceeded;
import io.sparsemesh.contracts.task.TaskWork;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What users ask for.
final class UserRequestsTest extends DecidedJob {

    @Test
    void whatCannotBePlannedFails() {
        // Given
        JobRequest request = Requests.sparseGpt(Propagation.DENSE, false);
        var model = Requests.model();
        var small =
                new io.sparsemesh.contracts.model.Architecture(
                        "opt", "opt", "F16", 64, 500, 8, 2, model.groups(), List.of(), 1);

        // When
        last = decider.create(new Event.Submitted(JOB, "default", request, small), now);

        // Then
        assertThat(last.job().state()).isEqualTo(JobState.FAILED);
        assertThat(error().code()).isEqualTo("PLAN");
        assertThat(error().message()).contains("/calibration/sequenceLength", "8", "16");
    }

    @Test
    void whatCannotBeReadFailsAndCanBeDeleted() {
        last = decider.create(new Event.Unreadable(JOB, "unknown field 'x'"), now);
        job = last.job();

        assertThat(job.state()).isEqualTo(JobState.FAILED);
        assertThat(error().code()).isEqualTo("PLAN");
        assertThat(error().message()).contains("cannot read the submission", "unknown field 'x'");
        happen(new Event.RetryRequested());
        assertThat(job.state()).isEqualTo(JobState.FAILED);
        happen(new Event.DeleteRequested());
        assertThat(last.removed()).isTrue();
    }

    @Test
    void aJobThatIsKnownDoesNotFailForAnUnreadableSubmission() {
        Job before = job;

        happen(new Event.Unreadable(JOB, "broken"));

        assertThat(job).isSameAs(before);
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
    void aRetryWithAnotherDampingGivesItToTheLayersThatAreNotSolved() {
        // Given
        submit(Requests.sparseGpt(Propagation.SEQUENTIAL, false));
        finishUntilReady("solve-b001-qk");
        fail("solve-b001-qk", false);
        Phase solved = task("solve-b000-qk").phase();

        // When
        happen(new Event.RetryRequested(OptionalDouble.of(0.1)));

        // Then
        assertThat(emitted(JobChanged.class).getFirst().reason())
                .isEqualTo("retried by request, layers not yet solved with damping 0.1");
        assertThat(task("solve-b000-qk").phase()).isEqualTo(solved);
        assertThat(dampingOf("solve-b001-qk")).isEqualTo(0.1);
        fail("solve-b001-qk", false);
        happen(new Event.RetryRequested());
        assertThat(dampingOf("solve-b001-qk")).isEqualTo(0.1);
        assertThat(job.retryDamping()).hasValue(0.1);
    }

    private double dampingOf(String solve) {
        happen(new Event.Granted(new TaskId(solve)));
        WorkDraft draft = ((Command.PublishTask) last.commands().getFirst()).work();
        return ((TaskWork.Solve) ((WorkDraft.Complete) draft).work()).method().damping();
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
                        before,
                        new Event.Submitted(JOB, "default", job.request(), Requests.model()),
                        now);

        // Then
        assertThat(cancelled.job() != before).isEqualTo(cancellable);
        assertThat(retried.job() != before).isEqualTo(retryable);
        assertThat(deleted.removed()).isEqualTo(state.isTerminal());
        assertThat(again.job()).isSameAs(before);
        assertThat(again.notes()).containsExactly(Note.ILLEGAL);
    }
}
