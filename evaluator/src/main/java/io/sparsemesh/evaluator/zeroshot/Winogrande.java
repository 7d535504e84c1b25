package io.sparsemesh.evaluator.zeroshot;

import io.sparsemesh.engine.corpus.TextFile;
import io.sparsemesh.evaluator.suite.PythonText;
import java.util.List;

/// WinoGrande: `{sentence, option1, option2, answer}`. The options stand in for `_`, and what
/// follows it is asked for.
record Winogrande() implements TaskFormat {

    private static final char BLANK = '_';

    @Override
    public Question read(TextFile.Line line) {
        String sentence = line.text("sentence");
        int blank = sentence.indexOf(BLANK);
        String rest = PythonText.stripped(sentence.substring(blank + 1));
        if (blank < 0 || rest.isEmpty()) {
            throw line.invalid(
                    "'sentence': expected a text with '_' and more after it, found '%s'"
                            .formatted(Fields.brief(sentence)));
        }
        String start = sentence.substring(0, blank);
        List<String> contexts =
                List.of(start + Fields.text(line, "option1"), start + Fields.text(line, "option2"));
        return new Question.Contexts(contexts, rest, Fields.number(line, "answer", 1, 2));
    }
}
