package io.sparsemesh.evaluator.zeroshot;

import io.sparsemesh.engine.corpus.TextFile;
import io.sparsemesh.evaluator.suite.PythonText;
import java.util.List;
import java.util.Locale;

/// HellaSwag: `{activity_label, ctx_a, ctx_b, endings, label}`.
record Hellaswag() implements TaskFormat {

    @Override
    public Question read(TextFile.Line line) {
        String context =
                "%s: %s %s"
                        .formatted(
                                line.text("activity_label"),
                                line.text("ctx_a"),
                                capitalised(line.text("ctx_b")));
        List<String> endings =
                Fields.texts(line, "endings", line.json().path("endings")).stream()
                        .map(Hellaswag::cleaned)
                        .toList();
        Fields.requireChoices(line, "endings", endings);
        return Question.Choice.normed(
                cleaned(context), endings, Fields.number(line, "label", 0, endings.size()));
    }

    /// As Python's `capitalize`: the first letter as in titles, all others small.
    static String capitalised(String text) {
        if (text.isEmpty()) {
            return text;
        }
        String first = text.substring(0, text.offsetByCodePoints(0, 1));
        String small = text.toLowerCase(Locale.ROOT);
        return title(first) + small.substring(first.toLowerCase(Locale.ROOT).length());
    }

    /// One letter may become two, such as `ß` to `Ss`.
    private static String title(String letter) {
        String great = letter.toUpperCase(Locale.ROOT);
        int end = great.offsetByCodePoints(0, 1);
        return end == great.length()
                ? Character.toString(Character.toTitleCase(letter.codePointAt(0)))
                : great.substring(0, end) + great.substring(end).toLowerCase(Locale.ROOT);
    }

    /// Without what the WikiHow part has in brackets.
    static String cleaned(String text) {
        return PythonText.stripped(text)
                .replace(" [title]", ". ")
                .replaceAll("\\[[^\\n]*?\\]", "")
                .replace("  ", " ");
    }
}
