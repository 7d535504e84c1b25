package io.sparsemesh.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.event.JobChanged;
import io.sparsemesh.contracts.event.TaskChanged;
import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.task.Failure;
import io.sparsemesh.contracts.task.Lease;
import io.sparsemesh.contracts.task.TaskFailed;
import io.sparsemesh.contracts.task.TaskOutput;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// When what a job stores is removed, and what happens when it is needed again.
final class LeftoversTest extends DecidedJob {

    private static final String SECOND = "calibrate-b000-s01";

    private List<Command.DeleteOutputs> removed() {
        return last.commands().stream()
                .filter(Command.DeleteOutputs.class::isInstance)
                .map(Command.DeleteOutputs.class::cast)
                .toList();
    }

    private boolean empties() {
        return last.commands().contains(new Command.DeleteArtifacts(JOB));
    }

    private Map<String, TaskStatus> calibrations() {
        return job.tasks().values().stream()
                .filter(task -> task.id().value().startsWith("calibrate"))
                .collect(Collectors.toMap(task -> task.id().value(), Task::status));
    }

    private void damage(String reader, String maker) {
        Lease lease = start(reader);
        Phase.Succeeded made = (Phase.Succeeded) task(maker).phase();
        String key = ((TaskOutput.Solved) made.output()).weights().key();
        Failure failure = new Failure(Failure.Kind.STORAGE, true, "found other bytes").of(key);
        tell(new TaskFailed(lease, failure));
    }

    private String digest() {
        return emitted(JobChanged.class).getLast().result().sha256();
    }

    @Test
    void aCalibrationGoesWithItsLastReader() {
        submit();
        for (String task : List.of(FIRST, SECOND, "solve-b000-qk", "solve-b000-fc")) {
            finish(task, "");
            assertThat(removed()).as("after %s", task).isEmpty();
        }

        finish("calibrate-b001-s01", "");
        assertThat(removed())
                .containsExactly(new Command.DeleteOutputs(JOB, new TaskId(SECOND), 1));

        fail("calibrate-b001-s00", true);
        assertThat(removed()).as("its last reader has only failed").isEmpty();
        pass(Duration.ofMinutes(1));
        finish("calibrate-b001-s00", "");
        assertThat(removed()).containsExactly(new Command.DeleteOutputs(JOB, new TaskId(FIRST), 1));
    }

    @Test
    void withDensePropagationTheLastReaderMayBeASolve() {
        submit(Requests.sparseGpt(Propagation.DENSE, false));
        for (String task : List.of(FIRST, SECOND, "calibrate-b001-s00", "calibrate-b001-s01")) {
            finish(task, "");
        }
        finish("solve-b000-qk", "");
        assertThat(removed()).isEmpty();

        finish("solve-b000-fc", "");
        assertThat(removed())
                .containsExactly(
                        new Command.DeleteOutputs(JOB, new TaskId(FIRST), 1),
                        new Command.DeleteOutputs(JOB, new TaskId(SECOND), 1));
    }

    @Test
    void whatIsNeededAgainIsMadeAnewFromTheStartAndToTheSameBits() {
        submit();
        finishAll("");
        String undisturbed = digest();
        submit();
        finishUntilReady("assemble");

        damage("assemble", "solve-b001-fc");

        assertThat(calibrations())
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of(
                                FIRST,
                                TaskStatus.READY,
                                SECOND,
                                TaskStatus.READY,
                                "calibrate-b001-s00",
                                TaskStatus.BLOCKED,
                                "calibrate-b001-s01",
                                TaskStatus.BLOCKED));
        assertThat(job.tasks().values())
                .as("only the damage is a failure")
                .filteredOn(task -> task.failures() > 0)
                .extracting(task -> task.id().value())
                .containsExactly("solve-b001-fc");
        assertThat(task("solve-b000-qk").status()).isEqualTo(TaskStatus.SUCCEEDED);
        assertThat(emitted(TaskChanged.class))
                .filteredOn(changed -> changed.message().startsWith("its artifacts, which were"))
                .extracting(changed -> changed.task().value() + " " + changed.state())
                .containsExactlyInAnyOrder(
                        FIRST + " RETRYING",
                        SECOND + " RETRYING",
                        "calibrate-b001-s00 RETRYING",
                        "calibrate-b001-s01 RETRYING");

        pass(Duration.ofMinutes(1));
        finish(FIRST, "");
        finish(SECOND, "");
        assertThat(removed()).isEmpty();
        finish("calibrate-b001-s00", "");
        assertThat(removed())
                .as("the second attempt's go, too")
                .containsExactly(new Command.DeleteOutputs(JOB, new TaskId(FIRST), 2));
        finishAll("");
        assertThat(job.state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(digest()).isEqualTo(undisturbed);
    }

    @Test
    void aRetryMakesAnewWhatAFailedJobWouldMiss() {
        submit();
        finishUntilReady("assemble");
        damage("assemble", "solve-b001-fc");
        while (!job.state().isTerminal()) {
            pass(Duration.ofMinutes(1));
            finishUntilReady("assemble");
            damage("assemble", "solve-b001-fc");
        }
        assertThat(job.state()).isEqualTo(JobState.FAILED);

        happen(new Event.RetryRequested());

        assertThat(calibrations()).doesNotContainValue(TaskStatus.SUCCEEDED);
        finishAll("");
        assertThat(job.state()).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void whatIsStillThereIsNotMadeAnew() {
        submit();
        finishUntilReady("calibrate-b001-s00");
        finish("calibrate-b001-s00", "");

        damage("calibrate-b001-s01", "solve-b000-qk");

        assertThat(calibrations())
                .containsEntry(FIRST, TaskStatus.READY)
                .containsEntry(SECOND, TaskStatus.SUCCEEDED)
                .containsEntry("calibrate-b001-s00", TaskStatus.SUCCEEDED);
    }

    @Test
    void aJobThatIsDoneStoresNothing() {
        submit();
        finishUntilReady("assemble");
        assertThat(empties()).isFalse();

        finishAll("");
        assertThat(empties()).isTrue();

        // When a worker that was thought lost comes back
        Lease late = new Lease(JOB, new TaskId(FIRST), 1, 2, "lost");
        tell(new TaskFailed(late, new Failure(Failure.Kind.ABANDONED, true, "late")));
        assertThat(last.notes()).containsExactly(Note.STALE);
        assertThat(empties()).isTrue();
    }

    @Test
    void aJobThatMayBeRetriedKeepsWhatItHas() {
        submit();
        finish(FIRST, "");
        fail(SECOND, false);

        assertThat(job.state()).isEqualTo(JobState.FAILED);
        assertThat(empties()).isFalse();
        assertThat(removed()).isEmpty();
    }
}
