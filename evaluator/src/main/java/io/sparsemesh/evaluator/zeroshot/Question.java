package io.sparsemesh.evaluator.zeroshot;

import io.sparsemesh.contracts.evaluation.Tally;
import java.util.List;

/// An item of a task.
sealed interface Question {

    /// What its tally counts.
    Tally.Kind kind();

    /// What the model is asked, at least one.
    List<Request> requests();

    /// Which of several texts comes next?
    ///
    /// @param choices at least two, none empty
    /// @param gold index of the right one
    /// @param normed whether the best choice by likelihood per character is told too
    record Choice(String context, List<String> choices, int gold, boolean normed)
            implements Question {

        public Choice {
            choices = List.copyOf(choices);
        }

        static Choice normed(String context, List<String> choices, int gold) {
            return new Choice(context, choices, gold, true);
        }

        static Choice byLikelihood(String context, List<String> choices, int gold) {
            return new Choice(context, choices, gold, false);
        }

        @Override
        public Tally.Kind kind() {
            return normed ? Tally.Kind.CHOICE : Tally.Kind.ACCURACY;
        }

        @Override
        public List<Request> requests() {
            return choices.stream().map(choice -> new Request(context, " " + choice)).toList();
        }

        /// Characters of each choice, as Unicode counts them.
        double[] lengths() {
            return choices.stream().mapToDouble(c -> c.codePointCount(0, c.length())).toArray();
        }
    }

    /// After which of several texts does the same one come?
    ///
    /// @param contexts at least two
    /// @param gold index of the right one
    record Contexts(List<String> contexts, String continuation, int gold) implements Question {

        public Contexts {
            contexts = List.copyOf(contexts);
        }

        @Override
        public Tally.Kind kind() {
            return Tally.Kind.ACCURACY;
        }

        @Override
        public List<Request> requests() {
            return contexts.stream().map(text -> new Request(text, " " + continuation)).toList();
        }
    }

    /// Which word comes last?
    record LastWord(String context, String word) implements Question {
        @Override
        public Tally.Kind kind() {
            return Tally.Kind.LAST_WORD;
        }

        @Override
        public List<Request> requests() {
            return List.of(new Request(context, " " + word));
        }
    }
}
