package io.sparsemesh.evaluator.perplexity;

import io.sparsemesh.contracts.evaluation.Tally;
import io.sparsemesh.contracts.job.Evaluation;
import io.sparsemesh.engine.cache.OpenModel;
import io.sparsemesh.engine.corpus.DataException;
import io.sparsemesh.engine.scoring.Perplexity;
import io.sparsemesh.engine.scoring.SequenceScorer;
import io.sparsemesh.evaluator.suite.LogLikelihoods;
import io.sparsemesh.evaluator.suite.Slice;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// Perplexity by the protocol `gptq`, the paper's: texts joined, tokenised at once, cut into
/// windows without overlap, what is left at the end dropped.
///
/// @param suite as the job has it
/// @param file its source
public record PerplexitySuite(Evaluation.Perplexity suite, Path file) {

    /// What the paper's code puts between the texts of a corpus.
    private static final Map<String, String> SEPARATORS = Map.of("ptb", " ", "c4", " ");

    private static final String SEPARATOR = "\n\n";

    /// Measures the windows of a slice.
    ///
    /// @param scorer of the model, or of a variant of it
    /// @param betweenChunks called now and then; what it throws comes through
    /// @throws DataException when the source cannot be used or is shorter than a window
    /// @throws io.sparsemesh.engine.solver.NumericalException when the model's loss is not finite
    public Tally measure(
            OpenModel model, SequenceScorer scorer, Slice slice, Runnable betweenChunks) {
        WindowLength.require(suite, file, model.description().maxPositions());
        List<int[]> windows =
                slice.of(
                        model.tokens(
                                        file,
                                        suite.source().tensor(),
                                        suite.source().field(),
                                        separator())
                                .windows(suite.sequenceLength()));
        if (windows.isEmpty()) {
            return Tally.none(Tally.Kind.PERPLEXITY);
        }
        Perplexity found = Perplexity.measure(scorer, windows, betweenChunks);
        return new Tally(
                Tally.Kind.PERPLEXITY,
                found.windows(),
                LogLikelihoods.requireFinite(suite.name(), "windows", found.logLikelihood()),
                found.tokens(),
                0,
                0);
    }

    private String separator() {
        return SEPARATORS.getOrDefault(suite.name(), SEPARATOR);
    }
}
