package io.sparsemesh.evaluator.zeroshot;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.engine.corpus.TextFile;
import java.util.List;

/// ARC, easy and challenge: `{question, choices: {text, label}, answerKey}`.
record Arc() implements TaskFormat {

    @Override
    public Question read(TextFile.Line line) {
        String question = line.text("question");
        JsonNode choices = line.json().path("choices");
        List<String> texts = Fields.choices(line, "choices.text", choices.path("text"));
        List<String> labels = Fields.texts(line, "choices.label", choices.path("label"));
        if (labels.size() != texts.size()) {
            throw line.invalid(
                    "'choices.label': expected %d labels, one for each text, found %d"
                            .formatted(texts.size(), labels.size()));
        }
        return new Question.Choice(
                "Question: %s\nAnswer:".formatted(question), texts, gold(line, labels));
    }

    private static int gold(TextFile.Line line, List<String> labels) {
        String key = line.text("answerKey");
        int gold = labels.indexOf(key);
        if (gold < 0) {
            throw line.invalid(
                    "'answerKey': expected one of %s, found '%s'"
                            .formatted(labels, Fields.brief(key)));
        }
        return gold;
    }
}
