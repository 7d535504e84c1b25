package io.sparsemesh.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.evaluation.EvaluationResult;
import io.sparsemesh.contracts.evaluation.Tally;
import io.sparsemesh.contracts.event.EvaluationUpdated;
import io.sparsemesh.contracts.event.JobChanged;
import io.sparsemesh.contracts.event.JobResult;
import io.sparsemesh.contracts.event.LayersChanged;
import io.sparsemesh.contracts.job.FallbackPolicy;
import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.task.Failure;
import io.sparsemesh.contracts.task.Lease;
import io.sparsemesh.contracts.task.TaskFailed;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskSucceeded;
import io.sparsemesh.contracts.task.TaskWork;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What tasks are told, and what follows from what they say.
final class OutputsTest extends DecidedJob {

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
    void modelThatIsPrunedSoFarIsTheDenseOneWithItsFirstBlocksPruned() {
        // Given
        submit(Requests.perBlock());
        bring(JobState.EVALUATING);

        // When
        TaskWork.Evaluate work = (TaskWork.Evaluate) finish("evaluate-b001-wiki-0", "");

        // Then
        assertThat(work.modelUri()).isEqualTo("file:///model");
        assertThat(work.first()).isEqualTo(new TaskWork.FirstBlocks("file:///out", 2));
        EvaluationResult told = emitted(EvaluationUpdated.class).getFirst().evaluation();
        assertThat(told.variant()).isEqualTo("pruned-b001");
        assertThat(told.slices()).isEqualTo(1);
        finishAll("");
        assertThat(job.state()).isEqualTo(JobState.SUCCEEDED);
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
