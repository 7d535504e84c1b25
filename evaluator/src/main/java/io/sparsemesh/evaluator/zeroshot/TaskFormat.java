package io.sparsemesh.evaluator.zeroshot;

import io.sparsemesh.engine.corpus.TextFile;

/// How the lines of a task's file are read.
@FunctionalInterface
interface TaskFormat {

    /// The question of a line.
    ///
    /// @throws io.sparsemesh.engine.corpus.DataException naming the line and what it lacks
    Question read(TextFile.Line line);
}
