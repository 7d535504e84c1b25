package io.sparsemesh.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.contracts.artifact.FileDigest;
import io.sparsemesh.contracts.event.JobChanged;
import io.sparsemesh.contracts.event.JobResult;
import io.sparsemesh.contracts.event.LayersChanged;
import io.sparsemesh.contracts.job.Evaluation;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.task.Lease;
import io.sparsemesh.contracts.task.ReportManifest;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskSucceeded;
import io.sparsemesh.contracts.task.TaskWork;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// A job that makes two checkpoints, `s50` and `s60`.
final class SweepTest extends DecidedJob {

    private static JobRequest sweep(Propagation propagation) {
        return Requests.sweep(Requests.sparseGpt(propagation, true));
    }

    private JobResult result() {
        return emitted(JobChanged.class).getLast().result();
    }

    @Test
    void theResultHasEveryCandidate() {
        // Given
        submit(sweep(Propagation.DENSE));

        // When
        finishAll("");

        // Then
        assertThat(job.state()).isEqualTo(JobState.SUCCEEDED);
        JobResult result = result();
        assertThat(result.outputUri()).isEqualTo("file:/o");
        assertThat(result.sha256()).isNull();
        assertThat(result.shared()).isEqualTo("all calibration and factors");
        assertThat(result.layers()).isEqualTo(12);
        assertThat(result.dense()).containsOnlyKeys("wiki");
        assertThat(result.pruned()).isEmpty();
        assertThat(result.candidates())
                .extracting(JobResult.Candidate::name)
                .containsExactly("s50", "s60");
        assertThat(result.candidates())
                .extracting(JobResult.Candidate::outputUri)
                .containsExactly("file:/o/s50", "file:/o/s60");
        assertThat(result.candidates()).allMatch(c -> c.pruned().containsKey("wiki"));
        assertThat(result.files())
                .extracting(FileDigest::name)
                .containsExactly("s50/sparsemesh-report.json", "s60/sparsemesh-report.json");
    }

    @Test
    void aSharedSolveGetsAllTargetsAndALaterOneItsOwn() {
        // Given
        submit(sweep(Propagation.SEQUENTIAL));
        finishUntilReady("solve-b000-qk");

        // When
        TaskWork.Solve shared = (TaskWork.Solve) finish("solve-b000-qk", "");
        List<LayersChanged.Layer> layers = emitted(LayersChanged.class).getLast().layers();
        finishUntilReady("solve-s60-b001-qk");
        TaskWork.Solve own = (TaskWork.Solve) finish("solve-s60-b001-qk", "");

        // Then
        assertThat(shared.method().targets()).hasSize(2);
        assertThat(layers)
                .extracting(LayersChanged.Layer::name)
                .containsExactly(
                        "s50/layers.0.q_proj",
                        "s50/layers.0.k_proj",
                        "s60/layers.0.q_proj",
                        "s60/layers.0.k_proj");
        assertThat(layers).allMatch(layer -> layer.report() != null);
        assertThat(own.method().isSweep()).isFalse();
        assertThat(own.method().sparsity()).isEqualTo(0.6);
    }

    @Test
    void aCandidateIsCalibratedWithItsOwnWeights() {
        // Given
        submit(sweep(Propagation.SEQUENTIAL));
        finishUntilReady("calibrate-s60-b001-s00");

        // When
        TaskWork.Calibrate work = (TaskWork.Calibrate) finish("calibrate-s60-b001-s00", "");

        // Then
        assertThat(work.overrides())
                .extracting(ref -> ref.key())
                .containsExactly(
                        "jobs/job/solve-b000-qk/a1.d1/weights-s60",
                        "jobs/job/solve-b000-fc/a1.d1/weights-s60");
    }

    @Test
    void aCandidatesReportSpeaksOfItAsOfASingleJob() {
        // Given
        submit(sweep(Propagation.DENSE));
        finishUntilReady("report-s60");

        // When
        ReportManifest manifest =
                ((WorkDraft.Report) new WorkBuilder(job).build(task("report-s60").planned()))
                        .manifest();

        // Then
        assertThat(manifest.request().output().uri()).isEqualTo("file:/o/s60");
        assertThat(manifest.request().method().sparsity()).isEqualTo(0.6);
        assertThat(manifest.layers()).hasSize(6);
        assertThat(manifest.evaluations())
                .extracting(e -> e.variant())
                .containsExactly("dense", "pruned");
    }

    @Test
    void aSharedSolveThatLacksACandidateFails() {
        // Given
        submit(sweep(Propagation.DENSE));
        finishUntilReady("solve-b000-fc");
        Lease lease = start("solve-b000-fc");

        // When
        tell(new TaskSucceeded(lease, new TaskOutput.SolvedCandidates(Map.of()), 1));

        // Then
        assertThat(job.state()).isEqualTo(JobState.FAILED);
        assertThat(error().message()).contains("candidates [s50, s60], found those of []");
    }

    @Test
    void aFallbackIsNamedWithItsCandidate() {
        // Given
        submit(sweep(Propagation.DENSE));

        // When
        finishAll("layers.1.fc");

        // Then
        assertThat(job.state()).isEqualTo(JobState.DEGRADED);
        assertThat(result().degraded()).containsExactly("s50/layers.1.fc", "s60/layers.1.fc");
    }

    @Test
    void aBrokenCandidateIsMeasuredNoFurtherButTheOthersAre() {
        // Given
        submit(brokenOnTwoSuites());
        finishUntilReady("evaluate-s50-wiki-0");
        for (int slice = 0; slice < 4; slice++) {
            finish("evaluate-dense-wiki-" + slice, "");
        }
        for (int slice = 0; slice < 3; slice++) {
            finish("evaluate-s50-wiki-" + slice, "");
        }
        start("evaluate-s50-other-0");
        finish("assemble-s60", "");
        start("evaluate-s60-wiki-0");

        // When
        finish("evaluate-s50-wiki-3", "");

        // Then
        assertThat(task("evaluate-s50-other-0").status()).isEqualTo(TaskStatus.CANCELLED);
        assertThat(task("evaluate-s50-other-3").status()).isEqualTo(TaskStatus.CANCELLED);
        assertThat(task("evaluate-s60-wiki-0").status()).isEqualTo(TaskStatus.RUNNING);
        assertThat(task("evaluate-s60-other-0").status()).isEqualTo(TaskStatus.READY);
        assertThat(last.commands()).noneMatch(Command.Abandon.class::isInstance);
    }

    @Test
    void everyBrokenCandidateIsAReason() {
        // Given
        submit(brokenOnTwoSuites());

        // When
        finishAll("");

        // Then
        assertThat(job.state()).isEqualTo(JobState.DEGRADED);
        assertThat(job.reason()).contains("of the s50 model is").contains("of the s60 model is");
    }

    private static JobRequest brokenOnTwoSuites() {
        JobRequest request = sweep(Propagation.DENSE);
        Evaluation.Perplexity wiki = request.evaluation().perplexity().getFirst();
        Evaluation.Perplexity other =
                new Evaluation.Perplexity("other", wiki.source(), "gptq", wiki.sequenceLength());
        return new JobRequest(
                request.modelUri(),
                request.revision(),
                request.method(),
                request.calibration(),
                new Evaluation(true, List.of(wiki, other), List.of(), 1e-9, false),
                request.output(),
                request.onFallback(),
                0,
                Map.of());
    }
}
