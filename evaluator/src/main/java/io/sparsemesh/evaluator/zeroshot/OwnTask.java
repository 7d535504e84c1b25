package io.sparsemesh.evaluator.zeroshot;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.engine.corpus.TextFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Own tasks: `{query, choices, gold}`, or `{text}` whose last word is asked for.
///
/// @param known names of tasks with formats of their own, for the message
record OwnTask(Set<String> known) implements TaskFormat {

    private static final List<String> FIELDS = List.of("query", "choices", "gold");

    @Override
    public Question read(TextFile.Line line) {
        JsonNode json = line.json();
        if (FIELDS.stream().anyMatch(json::has)) {
            List<String> choices = Fields.choices(line, "choices", json.path("choices"));
            return Question.Choice.normed(
                    line.text("query"), choices, Fields.index(line, "gold", choices.size()));
        }
        if (json.has("text")) {
            return new Lambada().read(line);
        }
        List<String> found = new ArrayList<>();
        json.fieldNames().forEachRemaining(found::add);
        throw line.invalid(
                "expected the fields %s, or the field text, found %s; tasks of other formats are %s"
                        .formatted(FIELDS, found, known));
    }
}
