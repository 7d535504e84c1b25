package io.sparsemesh.evaluator.zeroshot;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.contracts.job.FieldPath;
import io.sparsemesh.contracts.job.TaskTemplate;
import io.sparsemesh.contracts.job.TextTemplate;
import io.sparsemesh.engine.corpus.TextFile;
import java.util.ArrayList;
import java.util.List;

/// A task that its user described instead of writing code.
record TemplateTask(TaskTemplate template) implements TaskFormat {

    private static final String NORMED = "acc_norm";

    @Override
    public Question read(TextFile.Line line) {
        return switch (template) {
            case TaskTemplate.Choice choice -> choice(line, choice);
            case TaskTemplate.Contexts contexts -> contexts(line, contexts);
            case TaskTemplate.LastWord word -> Lambada.question(line, fill(line, word.text()));
        };
    }

    private static Question choice(TextFile.Line line, TaskTemplate.Choice choice) {
        String context = fill(line, choice.context());
        List<String> choices =
                choice.choicesFrom() == null
                        ? filled(line, "choices", choice.choices())
                        : list(line, choice.choicesFrom());
        Fields.requireChoices(line, "choices", choices);
        return new Question.Choice(
                context,
                choices,
                gold(line, choice.gold(), choices),
                choice.metrics().contains(NORMED));
    }

    private static Question contexts(TextFile.Line line, TaskTemplate.Contexts contexts) {
        List<String> texts = filled(line, "contexts", contexts.contexts());
        List<String> continuation = filled(line, "continuation", List.of(contexts.continuation()));
        return new Question.Contexts(
                texts, continuation.getFirst(), gold(line, contexts.gold(), texts));
    }

    /// Texts, none of which may be empty.
    private static List<String> filled(
            TextFile.Line line, String name, List<TextTemplate> templates) {
        List<String> texts = new ArrayList<>();
        for (TextTemplate template : templates) {
            String text = fill(line, template);
            if (text.isEmpty()) {
                throw line.invalid(
                        "%s '%s': expected a text, found an empty one".formatted(name, template));
            }
            texts.add(text);
        }
        return texts;
    }

    private static String fill(TextFile.Line line, TextTemplate template) {
        return template.fill(field -> text(line, field));
    }

    private static String text(TextFile.Line line, FieldPath field) {
        JsonNode value = field.in(line.json());
        return FieldPath.text(value)
                .orElseThrow(
                        () ->
                                line.invalid(
                                        "'%s': expected a string, a number, true or false, found %s"
                                                .formatted(field, Fields.kind(value))));
    }

    private static List<String> list(TextFile.Line line, String field) {
        return Fields.texts(line, field, FieldPath.of(field).in(line.json()));
    }

    private static int gold(TextFile.Line line, TaskTemplate.Gold gold, List<String> choices) {
        FieldPath field = FieldPath.of(gold.field());
        List<String> labels =
                gold.labelsFrom() == null
                        ? gold.labels()
                        : Fields.labels(
                                line,
                                gold.labelsFrom(),
                                FieldPath.of(gold.labelsFrom()).in(line.json()),
                                choices);
        return labels.isEmpty()
                ? Fields.number(
                        line, gold.field(), field.in(line.json()), gold.first(), choices.size())
                : Fields.labelled(line, gold.field(), text(line, field), labels);
    }
}
