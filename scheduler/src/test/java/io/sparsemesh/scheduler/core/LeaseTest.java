package io.sparsemesh.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.contracts.task.Failure;
import io.sparsemesh.contracts.task.Lease;
import io.sparsemesh.contracts.task.TaskFailed;
import io.sparsemesh.contracts.task.TaskHeartbeat;
import io.sparsemesh.contracts.task.TaskMessage;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskStarted;
import io.sparsemesh.contracts.task.TaskSucceeded;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Who holds a task, and whose word counts.
final class LeaseTest extends DecidedJob {

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
}
