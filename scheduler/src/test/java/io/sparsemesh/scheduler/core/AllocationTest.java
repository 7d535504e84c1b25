package io.sparsemesh.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.evaluation.EvaluationResult;
import io.sparsemesh.contracts.evaluation.Tally;
import io.sparsemesh.contracts.event.JobChanged;
import io.sparsemesh.contracts.event.JobResult;
import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.task.Lease;
import io.sparsemesh.contracts.task.ReportManifest;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskStarted;
import io.sparsemesh.contracts.task.TaskSucceeded;
import io.sparsemesh.contracts.task.TaskWork;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A job that makes an allocated checkpoint and a uniform one, and keeps the better.
final class AllocationTest extends DecidedJob {

    private void submit(Propagation propagation) {
        submit(Requests.budget(Requests.sparseGpt(propagation, true)));
    }

    /// Measures both candidates.
    ///
    /// @param budget mean loss, NaN for none
    private void measure(double budget, double uniform) {
        finishUntilReady("evaluate-budget-wiki-0");
        for (int slice = 0; slice < 4; slice++) {
            measure("evaluate-budget-wiki-" + slice, budget);
        }
        finishUntilReady("evaluate-uniform-wiki-0");
        for (int slice = 0; slice < 4; slice++) {
            measure("evaluate-uniform-wiki-" + slice, uniform);
        }
    }

    private void measure(String task, double loss) {
        if (task(task).status() != TaskStatus.SUCCEEDED) {
            Lease lease = start(task);
            Tally tally = new Tally(Tally.Kind.PERPLEXITY, 2, -32 * loss, 32, 0, 0);
            tell(new TaskSucceeded(lease, new TaskOutput.Evaluated(tally), 1));
        }
    }

    private WorkDraft grant(String task) {
        happen(new Event.Granted(new TaskId(task)));
        return last.commands().stream()
                .filter(Command.PublishTask.class::isInstance)
                .map(c -> ((Command.PublishTask) c).work())
                .findFirst()
                .orElseThrow();
    }

    /// Evaluations come before anything else, so that they can be measured as the test wants.
    private void bringToKeep(double budget, double uniform) {
        while (task("assemble-uniform").status() != TaskStatus.SUCCEEDED
                || task("assemble-budget").status() != TaskStatus.SUCCEEDED) {
            finish(
                    job.in(TaskStatus.READY).stream()
                            .filter(t -> !t.id().value().startsWith("evaluate"))
                            .findFirst()
                            .orElseThrow()
                            .id()
                            .value(),
                    "");
        }
        measure(budget, uniform);
    }

    @ParameterizedTest
    @CsvSource({
        "1.0, 2.0, budget, is below uniform's",
        "2.0, 1.0, uniform, is above uniform's",
        "1.5, 1.5, uniform, is no better than uniform's",
        "NaN, 3.0, uniform, of budget",
        "3.0, NaN, budget, of budget"
    })
    void theOneOfLowerPerplexityStays(double budget, double uniform, String kept, String reason) {
        // Given
        submit(Propagation.DENSE);
        bringToKeep(budget, uniform);

        // When
        WorkDraft.Keep keep = (WorkDraft.Keep) grant("keep");
        Lease lease = lease("keep");
        tell(new TaskStarted(lease));
        tell(new TaskSucceeded(lease, FakeWork.done(keep, lease, ""), 1));
        finishAll("");

        // Then
        String other = kept.equals("budget") ? "uniform" : "budget";
        assertThat(keep.candidate()).isEqualTo(kept);
        assertThat(keep.checkpoint().outputUri()).isEqualTo("file:///.out." + kept);
        assertThat(keep.others()).containsExactly("file:///.out." + other);
        assertThat(job.state()).isEqualTo(JobState.SUCCEEDED);
        JobResult result = emitted(JobChanged.class).getLast().result();
        assertThat(result.outputUri()).isEqualTo("file:///out");
        assertThat(result.layers()).isEqualTo(6);
        assertThat(result.pruned().get("wiki").get("perplexity"))
                .isEqualTo(result.allocation().perplexity().get(kept));
        assertThat(result.allocation().kept()).isEqualTo(kept);
        assertThat(result.allocation().reason()).contains(reason);
        assertThat(result.allocation().predictedErrors())
                .containsEntry("budget", 1.0)
                .containsEntry("uniform", 2.0);
        assertThat(result.allocation().blocks()).hasSize(2);
    }

    @Test
    void theReportHasBothPerplexitiesAndTheKeptLayers() {
        // Given
        submit(Propagation.SEQUENTIAL);
        bringToKeep(1, 2);
        finishUntilReady("report");

        // When
        ReportManifest report = ((WorkDraft.Report) grant("report")).manifest();

        // Then
        assertThat(report.request()).isEqualTo(job.request());
        assertThat(report.layers()).hasSize(6);
        assertThat(report.calibrationIds()).containsExactly("ids0", "ids1");
        assertThat(report.evaluations())
                .extracting(EvaluationResult::variant)
                .containsExactlyInAnyOrder("budget", "uniform", "dense", "pruned");
        assertThat(report.allocation().kept()).isEqualTo("budget");
    }

    @Test
    void sharedSolvesGetTheAllocationAndOnlyTheAllocatedCandidatesOwn() {
        // Given
        submit(Propagation.SEQUENTIAL);
        finishUntilReady("solve-b000-qk");

        // When
        TaskWork.Solve shared = (TaskWork.Solve) finish("solve-b000-qk", "");
        finish("solve-b000-fc", "");
        finishUntilReady("solve-budget-b001-qk");
        TaskWork.Solve budget = (TaskWork.Solve) finish("solve-budget-b001-qk", "");
        finishUntilReady("solve-uniform-b001-qk");
        TaskWork.Solve uniform = (TaskWork.Solve) finish("solve-uniform-b001-qk", "");

        // Then
        assertThat(task("allocate").status()).isEqualTo(TaskStatus.SUCCEEDED);
        assertThat(shared.method().isAllocated()).isTrue();
        assertThat(shared.grams()).hasSize(2);
        assertThat(List.of(shared.allocation(), budget.allocation())).doesNotContainNull();
        assertThat(uniform.allocation()).isNull();
        assertThat(budget.method().isAllocated()).isFalse();
    }
}
