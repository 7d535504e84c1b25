package io.sparsemesh.evaluator.zeroshot;

import io.sparsemesh.engine.corpus.TextFile;
import io.sparsemesh.engine.model.ModelDescription;
import io.sparsemesh.engine.scoring.ScoredSequence;
import io.sparsemesh.engine.tokenizer.Tokenizer;
import java.util.Arrays;

/// Makes token ids of requests, as lm-evaluation-harness does.
///
/// @param tokenizer of the model
/// @param positions longest sequence the model takes
/// @param vocabulary number of ids there are
record RequestEncoder(Tokenizer tokenizer, long positions, long vocabulary) {

    static RequestEncoder of(Tokenizer tokenizer, ModelDescription model) {
        return new RequestEncoder(tokenizer, model.maxPositions(), model.vocabularySize());
    }

    /// Context and continuation are tokenised together; the continuation's tokens are those behind
    /// as many as the context has alone. White space at the end of the context belongs to the
    /// continuation. What is too long loses its beginning.
    ///
    /// @param line of the question, for messages
    /// @throws io.sparsemesh.engine.corpus.DataException when there is nothing to score, or the
    ///     continuation alone is too long
    ScoredSequence encode(TextFile.Line line, Request request) {
        String context = withoutTrailingSpace(request.context());
        int[] ids = tokens(line, request.context() + request.continuation());
        int first = tokens(line, context).length;
        requireScorable(line, request, first, ids.length - first);
        int dropped = (int) Math.max(0, ids.length - 1 - positions);
        return new ScoredSequence(Arrays.copyOfRange(ids, dropped, ids.length), first - dropped);
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

    private void requireScorable(TextFile.Line line, Request request, int first, int scored) {
        if (first < 1) {
            throw line.invalid("expected at least one token before the continuation, found none");
        }
        if (scored < 1 || scored > positions) {
            throw line.invalid(
                    "'%s': expected 1 to %d tokens, the model's positions, found %d"
                            .formatted(Fields.brief(request.continuation()), positions, scored));
        }
    }

    /// White space is what Python's `rstrip` takes for it.
    private static String withoutTrailingSpace(String text) {
        int end = text.length();
        while (end > 0 && isSpace(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(0, end);
    }

    private static boolean isSpace(char c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == '\u0085';
    }
}
