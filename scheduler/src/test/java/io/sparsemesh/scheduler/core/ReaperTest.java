package io.sparsemesh.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.event.TaskChanged;
import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.contracts.task.Lease;
import io.sparsemesh.contracts.task.TaskHeartbeat;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// What the passing of time does, and how often is tried again.
final class ReaperTest extends DecidedJob {

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
}
