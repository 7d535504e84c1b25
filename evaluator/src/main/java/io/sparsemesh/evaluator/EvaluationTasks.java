package io.sparsemesh.evaluator;

import io.sparsemesh.contracts.evaluation.Tally;
import io.sparsemesh.contracts.job.Evaluation;
import io.sparsemesh.contracts.task.LayerTask;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskWork;
import io.sparsemesh.engine.cache.OpenModel;
import io.sparsemesh.engine.corpus.DataException;
import io.sparsemesh.engine.scoring.SequenceScorer;
import io.sparsemesh.evaluator.perplexity.PerplexitySuite;
import io.sparsemesh.evaluator.perplexity.RollingSuite;
import io.sparsemesh.evaluator.suite.Slice;
import io.sparsemesh.evaluator.zeroshot.ZeroShotSuite;
import io.sparsemesh.taskqueue.TaskContext;
import io.sparsemesh.taskqueue.TaskHandler;
import java.nio.file.Path;

/// Measures slices of suites. The same slice has the same bits whoever measures it, on the same
/// kind of device.
public final class EvaluationTasks implements TaskHandler {

    private final Workplace place;

    public EvaluationTasks(Workplace place) {
        this.place = place;
    }

    @Override
    public TaskOutput run(LayerTask task, TaskContext context) {
        if (task.work() instanceof TaskWork.Evaluate work) {
            return new TaskOutput.Evaluated(measure(work, context::checkAbandoned));
        }
        throw new IllegalArgumentException(
                "expected a task of an evaluator, found " + task.work().kind());
    }

    private Tally measure(TaskWork.Evaluate work, Runnable betweenChunks) {
        if (work.perplexity().size() + work.zeroShot().size() != 1) {
            throw new IllegalArgumentException(
                    "expected one suite, found %d of perplexity and %d of zero-shot"
                            .formatted(work.perplexity().size(), work.zeroShot().size()));
        }
        OpenModel model = place.model(work.modelUri());
        Slice slice = new Slice(work.slice(), work.slices());
        if (work.zeroShot().isEmpty()) {
            return perplexity(work, model, slice, betweenChunks);
        }
        Evaluation.ZeroShot suite = work.zeroShot().getFirst();
        return new ZeroShotSuite(suite, place.roots().path(suite.uri()))
                .measure(model, slice, betweenChunks);
    }

    private Tally perplexity(
            TaskWork.Evaluate work, OpenModel model, Slice slice, Runnable betweenChunks) {
        Evaluation.Perplexity suite = work.perplexity().getFirst();
        if (work.first() == null) {
            return perplexity(suite, model, model.scorer(), slice, betweenChunks);
        }
        Path other = place.folder(work.first().modelUri());
        try (FirstBlocks first = FirstBlocks.open(other, model, work.first().blocks());
                SequenceScorer scorer = new SequenceScorer(model.model(), first)) {
            return perplexity(suite, model, scorer, slice, betweenChunks);
        }
    }

    private Tally perplexity(
            Evaluation.Perplexity suite,
            OpenModel model,
            SequenceScorer scorer,
            Slice slice,
            Runnable betweenChunks) {
        Path file = place.roots().path(suite.source().uri());
        return switch (suite.protocol()) {
            case Evaluation.Perplexity.GPTQ ->
                    new PerplexitySuite(suite, file).measure(model, scorer, slice, betweenChunks);
            case Evaluation.Perplexity.LM_EVAL ->
                    new RollingSuite(suite, file).measure(model, scorer, slice, betweenChunks);
            default ->
                    throw new DataException(
                            file.getFileName().toString(),
                            "protocol: expected gptq or lm-eval, found '%s'"
                                    .formatted(suite.protocol()));
        };
    }
}
