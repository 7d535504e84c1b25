package io.sparsemesh.gateway.submission;

import io.sparsemesh.contracts.job.FieldPath;
import io.sparsemesh.contracts.job.TaskTemplate;
import io.sparsemesh.contracts.job.TextTemplate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Reads the format of a task: how its lines become questions.
final class TemplateReader {

    private static final int MAX_CHOICES = 64;
    private static final List<Set<String>> METRICS =
            List.of(Set.of("acc"), Set.of("acc", "acc_norm"));

    private final Fields fields;
    private boolean whole = true;

    private TemplateReader(Fields fields) {
        this.fields = fields;
    }

    /// The format, or nothing if something in it is at fault, which is noted.
    static Optional<TaskTemplate> read(Fields fields) {
        return new TemplateReader(fields).read();
    }

    private Optional<TaskTemplate> read() {
        Optional<String> kind = fields.requiredText("kind");
        Optional<TaskTemplate> template =
                switch (kind.orElse("")) {
                    case "choice" -> Optional.of(choice());
                    case "contexts" -> Optional.of(contexts());
                    case "lastWord" -> Optional.of(new TaskTemplate.LastWord(text("text")));
                    default -> Optional.empty();
                };
        if (template.isPresent()) {
            fields.finish();
        } else {
            kind.ifPresent(
                    found ->
                            refuse(
                                    "kind",
                                    "expected choice, contexts or lastWord, found '%s'"
                                            .formatted(found)));
        }
        return template.filter(_ -> whole);
    }

    private TaskTemplate choice() {
        TextTemplate context = text("context");
        Optional<String> from = fields.text("choicesFrom");
        List<TextTemplate> choices = List.of();
        if (from.isPresent() == fields.has("choices")) {
            refuse(
                    "choices",
                    "expected exactly one of choices and choicesFrom, found "
                            + (from.isPresent() ? "both" : "neither"));
        } else if (from.isEmpty()) {
            choices = texts("choices");
        } else {
            requirePath("choicesFrom", from.get());
        }
        return new TaskTemplate.Choice(
                context, choices, from.orElse(null), gold(choices.size()), metrics());
    }

    private TaskTemplate contexts() {
        List<TextTemplate> contexts = texts("contexts");
        return new TaskTemplate.Contexts(contexts, text("continuation"), gold(contexts.size()));
    }

    private List<String> metrics() {
        List<String> metrics = fields.texts("metrics", List.of("acc", "acc_norm"), 2);
        if (!METRICS.contains(Set.copyOf(metrics))) {
            refuse("metrics", "expected acc, or acc and acc_norm, found " + metrics);
        }
        return metrics;
    }

    /// @param choices number of choices, 0 if each line has its own
    private TaskTemplate.Gold gold(int choices) {
        Optional<Fields> present = fields.object("gold");
        if (present.isEmpty()) {
            fields.missing("gold", "an object with the field that says which choice is right");
            whole = false;
            return new TaskTemplate.Gold("", 0, List.of(), null);
        }
        TemplateReader reader = new TemplateReader(present.get());
        TaskTemplate.Gold gold = reader.readGold(choices);
        whole &= reader.whole;
        return gold;
    }

    private TaskTemplate.Gold readGold(int choices) {
        String field = path("field");
        Optional<Integer> first = fields.count("first", 0, 1_000_000);
        List<String> labels = fields.texts("labels", List.of(), MAX_CHOICES);
        Optional<String> from = fields.text("labelsFrom");
        from.ifPresent(path -> requirePath("labelsFrom", path));
        if (fields.has("labels") && choices > 0 && labels.size() != choices) {
            refuse(
                    "labels",
                    "expected %d labels, one for each choice, found %d"
                            .formatted(choices, labels.size()));
        }
        long ways = List.of(first, from).stream().filter(Optional::isPresent).count();
        if (ways + (fields.has("labels") ? 1 : 0) > 1) {
            refuseWhole("expected at most one of first, labels and labelsFrom, found several");
        }
        fields.finish();
        return new TaskTemplate.Gold(field, first.orElse(0), labels, from.orElse(null));
    }

    private String path(String field) {
        Optional<String> path = fields.requiredText(field);
        whole &= path.isPresent();
        path.ifPresent(text -> requirePath(field, text));
        return path.orElse("");
    }

    private void requirePath(String field, String path) {
        if (!FieldPath.of(path).isWhole()) {
            refuse(
                    field,
                    "expected a field of the lines, such as choices.text, found '%s'"
                            .formatted(path));
        }
    }

    private TextTemplate text(String field) {
        Optional<String> text = fields.requiredText(field);
        whole &= text.isPresent();
        TextTemplate template = new TextTemplate(text.orElse(""));
        requireWhole(field, template);
        return template;
    }

    private List<TextTemplate> texts(String field) {
        List<TextTemplate> templates = new ArrayList<>();
        for (String text : fields.texts(field, List.of(), MAX_CHOICES)) {
            templates.add(new TextTemplate(text));
            requireWhole(field + "/" + (templates.size() - 1), templates.getLast());
        }
        if (templates.size() < 2) {
            refuse(field, "expected at least two texts, found %d".formatted(templates.size()));
        }
        return templates;
    }

    private void requireWhole(String field, TextTemplate template) {
        if (!template.isWhole()) {
            refuse(
                    field,
                    "expected {{field}} around each field, such as {{choices.text.0}}, found '%s'"
                            .formatted(template));
        }
    }

    private void refuse(String field, String detail) {
        fields.refuseBelow(field, detail);
        whole = false;
    }

    private void refuseWhole(String detail) {
        fields.refuseBelow("", detail);
        whole = false;
    }
}
