package io.sparsemesh.evaluator.zeroshot;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.engine.corpus.TextFile;
import java.util.List;

/// ARC, easy and challenge, and OpenBookQA: a question with `choices: {text, label}, answerKey`.
///
/// @param field that has the question
/// @param context with a place for the question
record LabelledChoices(String field, String context) implements TaskFormat {

    static LabelledChoices arc() {
        return new LabelledChoices("question", "Question: %s\nAnswer:");
    }

    static LabelledChoices openBookQa() {
        return new LabelledChoices("question_stem", "%s");
    }

    @Override
    public Question read(TextFile.Line line) {
        String question = line.text(field);
        JsonNode choices = line.json().path("choices");
        List<String> texts = Fields.choices(line, "choices.text", choices.path("text"));
        List<String> labels = Fields.labels(line, "choices.label", choices.path("label"), texts);
        int gold = Fields.labelled(line, "answerKey", line.text("answerKey").strip(), labels);
        return Question.Choice.normed(context.formatted(question), texts, gold);
    }
}
