package io.sparsemesh.evaluator.zeroshot;

import io.sparsemesh.engine.cache.OpenModel;
import io.sparsemesh.engine.corpus.TextFile;
import io.sparsemesh.engine.scoring.ScoredSequence;
import io.sparsemesh.engine.tokenizer.Tokenizer;
import io.sparsemesh.evaluator.suite.PythonText;
import java.util.Arrays;
import java.util.function.IntSupplier;

/// Makes token ids of requests, as lm-evaluation-harness does.
///
/// @param tokenizer of the model
/// @param prefix asked for the token to put before a text that has none before it
/// @param positions longest sequence the model takes
/// @param vocabulary number of ids there are
record RequestEncoder(Tokenizer tokenizer, IntSupplier prefix, long positions, long vocabulary) {

    static RequestEncoder of(OpenModel model) {
        return new RequestEncoder(
                model.tokenizer(),
                model::prefixToken,
                model.description().maxPositions(),
                model.description().vocabularySize());
    }

    /// Context and continuation are tokenised together; the continuation's tokens are those behind
    /// as many as the context has alone. White space at the end of the context belongs to the
    /// continuation.
    ///
    /// What is too long loses its beginning: all but the last `positions` tokens, and one more that
    /// is only given. A continuation that is longer than that by itself is scored in its last
    /// `positions` tokens.
    ///
    /// @param line of the question, for messages
    /// @throws io.sparsemesh.engine.corpus.DataException when there is nothing to score
    EncodedRequest encode(TextFile.Line line, Request request) {
        int[] ids = tokens(line, request.context() + request.continuation());
        int first = tokens(line, PythonText.strippedEnd(request.context())).length;
        requireScorable(line, request, ids.length - first);
        if (first < 1) {
            ids = prefixed(ids);
            first = 1;
        }
        int dropped = (int) Math.max(0, ids.length - 1 - positions);
        ScoredSequence kept =
                new ScoredSequence(
                        Arrays.copyOfRange(ids, dropped, ids.length), Math.max(1, first - dropped));
        return new EncodedRequest(kept, dropped > 0);
    }

    private int[] prefixed(int[] ids) {
        int[] prefixed = new int[ids.length + 1];
        prefixed[0] = prefix.getAsInt();
        System.arraycopy(ids, 0, prefixed, 1, ids.length);
        return prefixed;
    }

    private int[] tokens(TextFile.Line line, String text) {
        int[] ids;
        try {
            ids = tokenizer.encode(text, true);
        } catch (IllegalArgumentException e) {
            throw line.invalid(e.getMessage());
        }
        for (int id : ids) {
            if (id >= vocabulary) {
                throw line.invalid(
                        "expected token ids below %d, the model's vocabulary, found %d"
                                .formatted(vocabulary, id));
            }
        }
        return ids;
    }

    private static void requireScorable(TextFile.Line line, Request request, int scored) {
        if (scored < 1) {
            throw line.invalid(
                    "'%s': expected at least one token to score, found %d"
                            .formatted(Fields.brief(request.continuation()), scored));
        }
    }
}
