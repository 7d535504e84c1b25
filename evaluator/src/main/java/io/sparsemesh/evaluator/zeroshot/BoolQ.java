package io.sparsemesh.evaluator.zeroshot;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.engine.corpus.TextFile;
import java.util.List;

/// BoolQ: `{passage, question, label}` as in SuperGLUE, or with `answer` as it was first published.
record BoolQ() implements TaskFormat {

    private static final List<String> CHOICES = List.of("no", "yes");

    @Override
    public Question read(TextFile.Line line) {
        String context =
                "%s\nQuestion: %s?\nAnswer:".formatted(line.text("passage"), line.text("question"));
        return Question.Choice.byLikelihood(context, CHOICES, gold(line));
    }

    private static int gold(TextFile.Line line) {
        String field = line.json().has("answer") ? "answer" : "label";
        JsonNode answer = line.json().path(field);
        if (answer.isBoolean()) {
            return answer.booleanValue() ? 1 : 0;
        }
        return Fields.number(line, field, 0, CHOICES.size());
    }
}
