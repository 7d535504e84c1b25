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
        if (texts.size() < 2) {
            throw line.invalid(
                    "'%s': expected at least two choices, found %d".formatted(field, texts.size()));
        }
        for (int i = 0; i < texts.size(); i++) {
            requireText(line, "%s[%d]".formatted(field, i), texts.get(i));
        }
        return texts;
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
        if (!value.isInt() || value.intValue() < 0 || value.intValue() >= count) {
            throw line.invalid(
                    "'%s': expected a number of 0 to %d, found %s"
                            .formatted(
                                    field, count - 1, value.isMissingNode() ? "nothing" : value));
        }
        return value.intValue();
    }

    /// The beginning of a text, for messages.
    static String brief(String text) {
        return text.codePointCount(0, text.length()) <= BRIEF
                ? text
                : text.substring(0, text.offsetByCodePoints(0, BRIEF)) + "…";
    }

    private static String kind(JsonNode value) {
        return value.isMissingNode() ? "nothing" : value.getNodeType().toString();
    }
}
