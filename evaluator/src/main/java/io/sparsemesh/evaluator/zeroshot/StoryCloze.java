package io.sparsemesh.evaluator.zeroshot;

import io.sparsemesh.engine.corpus.TextFile;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// StoryCloze: `input_sentence_1` to `input_sentence_4`, `sentence_quiz1`, `sentence_quiz2`,
/// `answer_right_ending`.
record StoryCloze() implements TaskFormat {

    private static final int SENTENCES = 4;

    @Override
    public Question read(TextFile.Line line) {
        String story =
                IntStream.rangeClosed(1, SENTENCES)
                        .mapToObj(i -> line.text("input_sentence_" + i))
                        .collect(Collectors.joining(" "));
        List<String> endings =
                List.of(Fields.text(line, "sentence_quiz1"), Fields.text(line, "sentence_quiz2"));
        return Question.Choice.byLikelihood(
                story, endings, Fields.number(line, "answer_right_ending", 1, 2));
    }
}
