package io.sparsemesh.evaluator.zeroshot;

import io.sparsemesh.engine.corpus.TextFile;

/// LAMBADA, and own tasks like it: `{text}`, whose last word is asked for. A word is what follows
/// the last space, as in lm-evaluation-harness; white space at the end of the text is none.
record Lambada() implements TaskFormat {

    @Override
    public Question read(TextFile.Line line) {
        return question(line, line.text("text"));
    }

    /// @param whole text, maybe with white space at its end
    static Question question(TextFile.Line line, String whole) {
        String text = whole.stripTrailing();
        int space = text.lastIndexOf(' ');
        if (text.substring(0, Math.max(space, 0)).isBlank()) {
            throw line.invalid(
                    "'text': expected at least two words with a space between them, found '%s'"
                            .formatted(Fields.brief(text)));
        }
        return new Question.LastWord(text.substring(0, space), text.substring(space + 1));
    }
}
