package io.sparsemesh.evaluator.zeroshot;

import io.sparsemesh.engine.corpus.TextFile;
import java.util.List;

/// PIQA: `{goal, sol1, sol2, label}`.
record Piqa() implements TaskFormat {

    @Override
    public Question read(TextFile.Line line) {
        List<String> solutions = List.of(Fields.text(line, "sol1"), Fields.text(line, "sol2"));
        return Question.Choice.normed(
                "Question: %s\nAnswer:".formatted(line.text("goal")),
                solutions,
                Fields.index(line, "label", solutions.size()));
    }
}
