package io.sparsemesh.evaluator.perplexity;

import io.sparsemesh.contracts.job.Evaluation;
import io.sparsemesh.engine.corpus.DataException;
import java.nio.file.Path;

/// Checks how long windows are.
final class WindowLength {

    private WindowLength() {}

    /// @param positions longest sequence the model takes
    /// @throws DataException naming the file
    static void require(Evaluation.Perplexity suite, Path file, long positions) {
        if (suite.sequenceLength() < 2 || suite.sequenceLength() > positions) {
            throw new DataException(
                    file.getFileName().toString(),
                    "windows: expected 2 to %d tokens, the model's positions, found %d"
                            .formatted(positions, suite.sequenceLength()));
        }
    }
}
