package io.sparsemesh.evaluator.perplexity;

import io.sparsemesh.contracts.evaluation.Tally;
import io.sparsemesh.contracts.job.Evaluation;
import io.sparsemesh.engine.cache.OpenModel;
import io.sparsemesh.engine.corpus.DataException;
import io.sparsemesh.engine.corpus.TextEncoder;
import io.sparsemesh.engine.corpus.TextFile;
import io.sparsemesh.engine.device.TokenScores;
import io.sparsemesh.engine.scoring.SequenceScorer;
import io.sparsemesh.evaluator.suite.LogLikelihoods;
import io.sparsemesh.evaluator.suite.Slice;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Perplexity by the protocol `lm-eval`, that of lm-evaluation-harness: each text by itself, all of
/// its tokens scored in rolling windows, by word and by byte.
///
/// @param suite as the job has it
/// @param file its source: a `.jsonl` has a text in each line, a `.raw` its articles
public record RollingSuite(Evaluation.Perplexity suite, Path file) {

    /// Measures the windows of a slice.
    ///
    /// @param scorer of the model, or of a variant of it
    /// @param betweenChunks called now and then; what it throws comes through
    /// @throws DataException when the source cannot be used or has no text
    /// @throws io.sparsemesh.engine.solver.NumericalException when the model's loss is not finite
    public Tally measure(
            OpenModel model, SequenceScorer scorer, Slice slice, Runnable betweenChunks) {
        WindowLength.require(suite, file, model.description().maxPositions());
        List<RollingWindow> windows = slice.of(windows(model));
        if (windows.isEmpty()) {
            return Tally.none(Tally.Kind.ROLLING);
        }
        double sum = 0;
        long tokens = 0;
        for (TokenScores scores : score(scorer, windows, betweenChunks)) {
            sum += Arrays.stream(scores.logLikelihoods()).sum();
            tokens += scores.tokens();
        }
        return Tally.rolling(
                windows.size(),
                LogLikelihoods.requireFinite(suite.name(), "windows", sum),
                tokens,
                windows.stream().mapToLong(RollingWindow::words).sum(),
                windows.stream().mapToLong(RollingWindow::bytes).sum());
    }

    private static List<TokenScores> score(
            SequenceScorer scorer, List<RollingWindow> windows, Runnable betweenChunks) {
        return scorer.score(windows.stream().map(RollingWindow::sequence).toList(), betweenChunks);
    }

    private List<RollingWindow> windows(OpenModel model) {
        String name = file.getFileName().toString();
        TextEncoder encoder =
                new TextEncoder(name, model.tokenizer(), model.description().vocabularySize());
        int prefix = model.prefixToken();
        List<RollingWindow> windows = new ArrayList<>();
        for (Page page : pages()) {
            int[] ids = encoder.encode(page.text(), false);
            windows.addAll(RollingWindow.of(page, ids, prefix, suite.sequenceLength()));
        }
        if (windows.isEmpty()) {
            throw new DataException(name, "expected at least one text, found none");
        }
        return windows;
    }

    private List<Page> pages() {
        List<String> texts = TextFile.texts(file, suite.source().field());
        return TextFile.isRaw(file)
                ? WikiText.articles(texts.getFirst()).stream().map(Page::ofWikiText).toList()
                : texts.stream().map(Page::plain).toList();
    }
}
