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
    record Choice(String context, List<String> choices, int gold) implements Question {

        public Choice {
            choices = List.copyOf(choices);
        }

        @Override
        public Tally.Kind kind() {
            return Tally.Kind.CHOICE;
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
