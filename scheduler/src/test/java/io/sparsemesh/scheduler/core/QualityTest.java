package io.sparsemesh.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.event.JobChanged;
import io.sparsemesh.contracts.event.TaskChanged;
import io.sparsemesh.contracts.job.Evaluation;
import io.sparsemesh.contracts.job.FallbackPolicy;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.task.Failure;
import io.sparsemesh.contracts.task.Lease;
import io.sparsemesh.contracts.task.TaskFailed;
import io.sparsemesh.contracts.task.TaskStarted;
import io.sparsemesh.contracts.task.TaskSucceeded;
import io.sparsemesh.contracts.task.TaskWork;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Jobs that stop measuring: [FakeWork] makes a perplexity of exp 6.575 of the dense model, and exp
/// 5.575 of the pruned one, 0.3679 times as much.
final class QualityTest extends DecidedJob {

    private static final double BROKEN = 0.25;
    private static final double KEPT = 0.37;
    private static final String REASON =
            "wiki: perplexity 263.7 of the pruned model is 0.3679 times the dense model's 716.9,"
                    + " expected at most 0.25 times (evaluation.maxPerplexityRatio); the largest"
                    + " relative error of a layer is 0.1000, in layers.";

    private static JobRequest request(FallbackPolicy policy, double ratio) {
        return Requests.limited(
                Requests.request(MethodName.SPARSEGPT, Propagation.SEQUENTIAL, true, policy, 0),
                ratio);
    }

    /// Two suites, `wiki` before `other`.
    private static JobRequest twoSuites(FallbackPolicy policy, double ratio) {
        JobRequest one = request(policy, ratio);
        var wiki = one.evaluation().perplexity().getFirst();
        var other = new Evaluation.Perplexity("other", wiki.source(), "gptq", 16);
        return new JobRequest(
                one.modelUri(),
                one.revision(),
                one.method(),
                one.calibration(),
                new Evaluation(true, List.of(wiki, other), List.of(), ratio, false),
                one.output(),
                one.onFallback(),
                0,
                one.labels());
    }

    private void finishSlices(String variant, String suite) {
        IntStream.range(0, 4)
                .forEach(i -> finish("evaluate-%s-%s-%d".formatted(variant, suite, i), ""));
    }

    /// All but the last slice of the pruned model's first suite.
    private void measureWikiButForASlice() {
        finishUntilReady("evaluate-pruned-wiki-0");
        for (int i = 0; i < 4; i++) {
            if (task("evaluate-dense-wiki-" + i).status() == TaskStatus.READY) {
                finish("evaluate-dense-wiki-" + i, "");
            }
        }
        IntStream.range(0, 3).forEach(i -> finish("evaluate-pruned-wiki-" + i, ""));
    }

    @Test
    void jobWhoseQualityBrokeIsReportedWithoutTheRest() {
        // Given
        submit(twoSuites(FallbackPolicy.DEGRADE, BROKEN));
        measureWikiButForASlice();
        assertThat(job.state()).isEqualTo(JobState.EVALUATING);
        assertThat(task("report").status()).isEqualTo(TaskStatus.BLOCKED);
        Lease running = start("evaluate-pruned-other-1");

        // When
        finish("evaluate-pruned-wiki-3", "");

        // Then
        assertThat(task("evaluate-pruned-other-0").status()).isEqualTo(TaskStatus.CANCELLED);
        assertThat(task("evaluate-pruned-other-1").status()).isEqualTo(TaskStatus.CANCELLED);
        assertThat(task("report").status()).isEqualTo(TaskStatus.READY);
        assertThat(last.commands()).contains(new Command.Abandon(JOB));
        assertThat(emitted(TaskChanged.class))
                .filteredOn(change -> change.state().equals("CANCELLED"))
                .singleElement()
                .satisfies(
                        change -> {
                            assertThat(change.task()).isEqualTo(running.task());
                            assertThat(change.message()).startsWith(REASON);
                        });
        finish("report", "");
        JobChanged end = emitted(JobChanged.class).getLast();
        assertThat(end.state()).isEqualTo(JobState.DEGRADED);
        assertThat(end.reason()).startsWith(REASON);
        assertThat(end.result().pruned()).containsKey("wiki").doesNotContainKey("other");
    }

    @Test
    void jobThatMayNotDegradeFailsAndSaysWhy() {
        // Given
        submit(twoSuites(FallbackPolicy.FAIL, BROKEN));
        measureWikiButForASlice();

        // When
        finish("evaluate-pruned-wiki-3", "");

        // Then
        assertThat(job.state()).isEqualTo(JobState.FAILED);
        assertThat(job.reason()).startsWith(REASON);
        assertThat(error().code()).isEqualTo("QUALITY");
        assertThat(job.in(TaskStatus.READY)).isEmpty();
    }

    @Test
    void retryOfAJobWhoseQualityBrokeFailsAtOnce() {
        // Given
        jobThatMayNotDegradeFailsAndSaysWhy();

        // When
        happen(new Event.RetryRequested());

        // Then
        assertThat(emitted(JobChanged.class))
                .extracting(JobChanged::state)
                .containsExactly(JobState.QUEUED, JobState.FAILED);
        assertThat(job.reason()).startsWith(REASON);
    }

    @Test
    void qualityWithinTheLimitChangesNothing() {
        // Given
        submit(twoSuites(FallbackPolicy.FAIL, KEPT));

        // When
        finishAll("");

        // Then
        assertThat(job.state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(job.reason()).isEqualTo("done");
    }

    @ParameterizedTest
    @EnumSource(FallbackPolicy.class)
    void lastSuiteDecidesToo(FallbackPolicy policy) {
        // Given
        submit(request(policy, BROKEN));

        // When
        finishAll("");

        // Then
        assertThat(job.state())
                .isEqualTo(policy == FallbackPolicy.FAIL ? JobState.FAILED : JobState.DEGRADED);
        assertThat(job.reason()).startsWith(REASON);
    }

    @Test
    void fallbacksStandBesideBrokenQuality() {
        // Given
        submit(request(FallbackPolicy.DEGRADE, BROKEN));

        // When
        finishAll("layers.1.fc");

        // Then
        assertThat(job.reason())
                .startsWith(REASON)
                .endsWith("; 1 layers needed a fallback, such as layers.1.fc");
    }

    @Test
    void denseModelMeasuredLastDecidesToo() {
        // Given
        submit(request(FallbackPolicy.FAIL, BROKEN));
        while (task("evaluate-pruned-wiki-0").status() != TaskStatus.READY) {
            finish(
                    job.in(TaskStatus.READY).stream()
                            .map(Task::id)
                            .map(TaskId::value)
                            .filter(id -> !id.startsWith("evaluate-dense"))
                            .findFirst()
                            .orElseThrow(),
                    "");
        }
        finishSlices("pruned", "wiki");
        assertThat(job.state()).isEqualTo(JobState.EVALUATING);

        // When
        finishAll("");

        // Then
        assertThat(job.state()).isEqualTo(JobState.FAILED);
        assertThat(error().code()).isEqualTo("QUALITY");
    }

    @Test
    void resultOfASkippedMeasurementComesTooLate() {
        // Given
        submit(twoSuites(FallbackPolicy.DEGRADE, BROKEN));
        measureWikiButForASlice();
        happen(new Event.Granted(new TaskId("evaluate-pruned-other-1")));
        WorkDraft draft = ((Command.PublishTask) last.commands().getFirst()).work();
        Lease lease = lease("evaluate-pruned-other-1");
        tell(new TaskStarted(lease));
        finish("evaluate-pruned-wiki-3", "");
        Job before = job;
        TaskWork work = ((WorkDraft.Complete) draft).work();

        // When
        tell(new TaskSucceeded(lease, FakeWork.done(work, lease, ""), 1));
        tell(new TaskFailed(lease, new Failure(Failure.Kind.ABANDONED, true, "asked to")));

        // Then
        assertThat(job).isSameAs(before);
    }

    @Test
    void retryAfterCancellingTheReportStopsAgain() {
        // Given
        submit(twoSuites(FallbackPolicy.DEGRADE, BROKEN));
        measureWikiButForASlice();
        finish("evaluate-pruned-wiki-3", "");
        happen(new Event.CancelRequested());
        assertThat(job.state()).isEqualTo(JobState.CANCELLED);

        // When
        happen(new Event.RetryRequested());

        // Then
        assertThat(job.in(TaskStatus.READY))
                .extracting(Task::id)
                .containsExactly(new TaskId("report"));
        finish("report", "");
        assertThat(job.state()).isEqualTo(JobState.DEGRADED);
    }

    @Test
    void recordThatIsTakenUpAfterTheStopIsLetGo() {
        // Given
        submit(twoSuites(FallbackPolicy.DEGRADE, BROKEN));
        measureWikiButForASlice();
        happen(new Event.Granted(new TaskId("evaluate-pruned-other-1")));
        Lease lease = lease("evaluate-pruned-other-1");
        finish("evaluate-pruned-wiki-3", "");
        Job before = job;

        // When
        tell(new TaskStarted(lease));

        // Then
        assertThat(job).isSameAs(before);
        assertThat(last.commands()).containsExactly(new Command.Abandon(JOB));
    }

    @Test
    void reportIsNotDisturbedByARecordThatIsTakenUpLate() {
        // Given
        submit(twoSuites(FallbackPolicy.DEGRADE, BROKEN));
        measureWikiButForASlice();
        happen(new Event.Granted(new TaskId("evaluate-pruned-other-1")));
        Lease lease = lease("evaluate-pruned-other-1");
        finish("evaluate-pruned-wiki-3", "");
        start("report");

        // When
        tell(new TaskStarted(lease));

        // Then
        assertThat(last.commands()).isEmpty();
        assertThat(task("report").status()).isEqualTo(TaskStatus.RUNNING);
    }
}
