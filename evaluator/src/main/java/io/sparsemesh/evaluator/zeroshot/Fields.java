package io.sparsemesh.evaluator.zeroshot;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.engine.corpus.TextFile;
import java.util.ArrayList;
import java.util.List;

/// Fields of a task's line, or the reason why they are not what they should be.
final class Fields {

    private static final int BRIEF = 60;

    private Fields() {}

    /// A string that is not empty.
    static String text(TextFile.Line line, String field) {
        return requireText(line, field, line.text(field));
    }

    /// Two or more strings that are not empty.
    static List<String> choices(TextFile.Line line, String field, JsonNode value) {
        List<String> texts = texts(line, field, value);
        requireChoices(line, field, texts);
        return texts;
    }

    /// Refuses fewer than two choices, and an empty one.
    static void requireChoices(TextFile.Line line, String field, List<String> texts) {
        if (texts.size() < 2) {
            throw line.invalid(
                    "'%s': expected at least two choices, found %d".formatted(field, texts.size()));
        }
        for (int i = 0; i < texts.size(); i++) {
            requireText(line, "%s[%d]".formatted(field, i), texts.get(i));
        }
    }

    /// A label for each of the texts.
    static List<String> labels(
            TextFile.Line line, String field, JsonNode value, List<String> texts) {
        List<String> labels = texts(line, field, value);
        if (labels.size() != texts.size()) {
            throw line.invalid(
                    "'%s': expected %d labels, one for each text, found %d"
                            .formatted(field, texts.size(), labels.size()));
        }
        return labels;
    }

    /// Index of a label.
    static int labelled(TextFile.Line line, String field, String label, List<String> labels) {
        int index = labels.indexOf(label);
        if (index < 0) {
            throw line.invalid(
                    "'%s': expected one of %s, found '%s'".formatted(field, labels, brief(label)));
        }
        return index;
    }

    private static String requireText(TextFile.Line line, String field, String text) {
        if (text.isEmpty()) {
            throw line.invalid("'%s': expected a text, found an empty one".formatted(field));
        }
        return text;
    }

    static List<String> texts(TextFile.Line line, String field, JsonNode value) {
        if (!value.isArray()) {
            throw line.invalid(
                    "'%s': expected a list of strings, found %s".formatted(field, kind(value)));
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode element : value) {
            if (!element.isTextual()) {
                throw line.invalid(
                        "'%s[%d]': expected a string, found %s"
                                .formatted(field, texts.size(), kind(element)));
            }
            texts.add(element.textValue());
        }
        return texts;
    }

    /// A whole number of 0 to `count`, exclusive.
    static int index(TextFile.Line line, String field, int count) {
        JsonNode value = line.json().path(field);
        return value.isInt() && isWithin(value.intValue(), count)
                ? value.intValue()
                : refuse(line, field, value, 0, count);
    }

    /// As [#number] of the line's field of that name.
    static int number(TextFile.Line line, String field, int first, int count) {
        return number(line, field, line.json().path(field), first, count);
    }

    /// Which of `count` choices a number stands for, where `first` stands for the first. Some data
    /// sets have it as a string.
    static int number(TextFile.Line line, String field, JsonNode value, int first, int count) {
        boolean written = value.isInt() || value.asText().matches("[0-9]{1,9}");
        int index = value.asInt() - first;
        return written && isWithin(index, count) ? index : refuse(line, field, value, first, count);
    }

    private static boolean isWithin(int index, int count) {
        return index >= 0 && index < count;
    }

    private static int refuse(
            TextFile.Line line, String field, JsonNode value, int first, int count) {
        throw line.invalid(
                "'%s': expected a number of %d to %d, found %s"
                        .formatted(
                                field,
                                first,
                                first + count - 1,
                                value.isMissingNode() ? "nothing" : value));
    }

    /// The beginning of a text, for messages.
    static String brief(String text) {
        return text.codePointCount(0, text.length()) <= BRIEF
                ? text
                : text.substring(0, text.offsetByCodePoints(0, BRIEF)) + "…";
    }

    static String kind(JsonNode value) {
        return value.isMissingNode() ? "nothing" : value.getNodeType().toString();
    }
}
