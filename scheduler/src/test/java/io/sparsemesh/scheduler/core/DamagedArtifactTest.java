package io.sparsemesh.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.event.TaskChanged;
import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.contracts.task.Failure;
import io.sparsemesh.contracts.task.Lease;
import io.sparsemesh.contracts.task.TaskFailed;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskStarted;
import io.sparsemesh.contracts.task.TaskSucceeded;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What becomes of a result whose artifact is gone or has other bytes.
final class DamagedArtifactTest extends DecidedJob {

    private static final String SECOND = "calibrate-b000-s01";
    private static final String READER = "solve-b000-qk";

    private String gram(String task) {
        Phase.Succeeded phase = (Phase.Succeeded) task(task).phase();
        return ((TaskOutput.Calibrated) phase.output()).grams().values().iterator().next().key();
    }

    private void complain(Lease reader, String artifact) {
        tell(
                new TaskFailed(
                        reader,
                        new Failure(Failure.Kind.STORAGE, true, "expected 1 byte, found nothing")
                                .of(artifact)));
    }

    private void calibrate() {
        submit();
        finish(FIRST, "");
        finish(SECOND, "");
    }

    @Test
    void itIsMadeAnewAndItsReaderWaitsForThat() {
        // Given
        calibrate();
        TaskOutput before = ((Phase.Succeeded) task(FIRST).phase()).output();
        Lease reader = start(READER);

        // When
        complain(reader, gram(FIRST));

        // Then
        assertThat(task(FIRST).status()).isEqualTo(TaskStatus.READY);
        assertThat(task(READER).status()).isEqualTo(TaskStatus.BLOCKED);
        assertThat(last.notes()).contains(Note.ARTIFACT_DAMAGED);
        assertThat(emitted(TaskChanged.class))
                .extracting(changed -> changed.task().value(), TaskChanged::state)
                .containsExactly(tuple(READER, "RETRYING"), tuple(FIRST, "RETRYING"));
        assertThat(emitted(TaskChanged.class).getLast().message())
                .contains("made anew", "expected 1 byte, found nothing");

        // When
        pass(Duration.ofSeconds(2));
        finish(FIRST, "");

        // Then
        TaskOutput after = ((Phase.Succeeded) task(FIRST).phase()).output();
        assertThat(after).isNotEqualTo(before);
        assertThat(gram(FIRST)).contains("/a2.d1/");
        finishAll("");
        assertThat(job.state()).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void whoElseWouldReadItWaitsToo() {
        // Given
        calibrate();
        Lease reader = start(READER);
        List<Task> ready = job.in(TaskStatus.READY);
        assertThat(ready).isNotEmpty();

        // When
        complain(reader, gram(FIRST));

        // Then
        assertThat(ready).allMatch(task -> task(task.id().value()).status() == TaskStatus.BLOCKED);
        pass(Duration.ofSeconds(2));
        finish(FIRST, "");
        assertThat(ready).allMatch(task -> task(task.id().value()).status() == TaskStatus.READY);
    }

    @Test
    void aReaderThatAlreadyHadItMayFinish() {
        // Given
        calibrate();
        String other = "solve-b000-fc";
        happen(new Event.Granted(new TaskId(other)));
        Command.PublishTask published =
                last.commands().stream()
                        .filter(Command.PublishTask.class::isInstance)
                        .map(Command.PublishTask.class::cast)
                        .findFirst()
                        .orElseThrow();
        Lease quick = lease(other);
        tell(new TaskStarted(quick));
        complain(start(READER), gram(FIRST));

        // When
        tell(new TaskSucceeded(quick, output(published.work(), quick, ""), 3));

        // Then
        assertThat(task(other).status()).isEqualTo(TaskStatus.SUCCEEDED);
        assertThat(task(FIRST).status()).isEqualTo(TaskStatus.READY);
    }

    @Test
    void aSecondReaderOfItJustWaits() {
        // Given
        calibrate();
        Lease reader = start(READER);
        String other = job.in(TaskStatus.READY).getFirst().id().value();
        Lease second = start(other);
        String artifact = gram(FIRST);
        complain(reader, artifact);
        Task made = task(FIRST);

        // When
        complain(second, artifact);

        // Then
        assertThat(task(FIRST)).isEqualTo(made);
        assertThat(task(other).status()).isEqualTo(TaskStatus.BLOCKED);
        assertThat(task(other).failures()).isZero();
    }

    @Test
    void whatWasMadeAnewMeanwhileIsReadAgain() {
        // Given
        calibrate();
        String artifact = gram(FIRST);
        complain(start(READER), artifact);
        pass(Duration.ofSeconds(2));
        finish(FIRST, "");

        // When
        complain(start(READER), artifact);

        // Then
        assertThat(task(FIRST).status()).isEqualTo(TaskStatus.SUCCEEDED);
        assertThat(task(READER).status()).isEqualTo(TaskStatus.READY);
        assertThat(task(READER).failures()).isOne();
    }

    @Test
    void anArtifactOfNoInputIsAnOrdinaryFailure() {
        // Given
        calibrate();

        // When
        complain(start(READER), "jobs/job/solve-b000-qk/manifest-a1.json");

        // Then
        assertThat(task(READER).status()).isEqualTo(TaskStatus.READY);
        assertThat(task(READER).failures()).isOne();
        assertThat(last.notes()).containsExactly(Note.ATTEMPT_FAILED);
    }

    @Test
    void aStorageThatDamagesEverythingFailsTheJob() {
        // Given
        calibrate();
        int times = 0;

        // When
        while (!job.state().isTerminal()) {
            complain(start(READER), gram(FIRST));
            times++;
            if (!job.state().isTerminal()) {
                pass(Duration.ofMinutes(1));
                finish(FIRST, "");
            }
        }

        // Then
        assertThat(times).isEqualTo(5);
        assertThat(job.state()).isEqualTo(JobState.FAILED);
        assertThat(error().code()).isEqualTo("STORAGE");
        assertThat(error().message()).contains("calibration of block 0, shard 0");
    }

    @Test
    void aJobThatIsCancelledMakesNothingAnew() {
        // Given
        calibrate();
        Lease reader = start(READER);
        happen(new Event.CancelRequested());

        // When
        complain(reader, gram(FIRST));

        // Then
        assertThat(task(FIRST).status()).isEqualTo(TaskStatus.SUCCEEDED);
        assertThat(job.state()).isEqualTo(JobState.CANCELLED);
    }

    @Test
    void aJobThatAssemblesStaysInItsState() {
        // Given
        submit();
        finishUntilReady("assemble");
        Lease assembler = start("assemble");
        Phase.Succeeded solved = (Phase.Succeeded) task("solve-b001-fc").phase();
        String weights = ((TaskOutput.Solved) solved.output()).weights().key();

        // When
        complain(assembler, weights);

        // Then
        assertThat(job.state()).isEqualTo(JobState.ASSEMBLING);
        assertThat(task("solve-b001-fc").status())
                .as("what it was made from is gone, too")
                .isEqualTo(TaskStatus.BLOCKED);
        pass(Duration.ofSeconds(2));
        finishAll("");
        assertThat(job.state()).isEqualTo(JobState.SUCCEEDED);
    }
}
