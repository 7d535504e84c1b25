package io.sparsemesh.contracts.job;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// How the lines of a task's file become questions: a task that a user describes instead of writing
/// code. What is asked for always has a space before it.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
    @JsonSubTypes.Type(value = TaskTemplate.Choice.class, name = "choice"),
    @JsonSubTypes.Type(value = TaskTemplate.Contexts.class, name = "contexts"),
    @JsonSubTypes.Type(value = TaskTemplate.LastWord.class, name = "lastWord")
})
public sealed interface TaskTemplate {

    /// The fields that a line must have.
    @JsonIgnore
    List<FieldPath> fields();

    /// Which of several texts comes next?
    ///
    /// @param choices a text for each choice, at least two; none if a field has them
    /// @param choicesFrom a field with a list of the choices, absent if `choices` has them
    /// @param metrics `acc`, maybe `acc_norm`
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    record Choice(
            TextTemplate context,
            List<TextTemplate> choices,
            String choicesFrom,
            Gold gold,
            List<String> metrics)
            implements TaskTemplate {

        public Choice {
            choices = choices == null ? List.of() : List.copyOf(choices);
            metrics = List.copyOf(metrics);
        }

        @Override
        public List<FieldPath> fields() {
            List<FieldPath> fields = new ArrayList<>(context.fields());
            choices.forEach(choice -> fields.addAll(choice.fields()));
            if (choicesFrom != null) {
                fields.add(FieldPath.of(choicesFrom));
            }
            fields.addAll(gold.fields());
            return fields;
        }
    }

    /// After which of several texts comes the same one? Its metric is `acc`.
    ///
    /// @param contexts at least two
    record Contexts(List<TextTemplate> contexts, TextTemplate continuation, Gold gold)
            implements TaskTemplate {

        public Contexts {
            contexts = List.copyOf(contexts);
        }

        @Override
        public List<FieldPath> fields() {
            return Stream.of(
                            contexts.stream().flatMap(text -> text.fields().stream()),
                            continuation.fields().stream(),
                            gold.fields().stream())
                    .flatMap(fields -> fields)
                    .toList();
        }
    }

    /// Which word comes last? Its metrics are `acc` and `perplexity`.
    record LastWord(TextTemplate text) implements TaskTemplate {
        @Override
        public List<FieldPath> fields() {
            return text.fields();
        }
    }

    /// Which choice is right.
    ///
    /// @param field that says so: a number, or one of the labels
    /// @param first number of the first choice, where numbers say it; absent for 0
    /// @param labels of the choices in their order, `true` and `false` among them; none if the
    ///     field has a number, or another field has the labels
    /// @param labelsFrom a field with a list of the labels, absent if there is none
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    record Gold(String field, Integer first, List<String> labels, String labelsFrom) {

        public Gold {
            first = first == null ? Integer.valueOf(0) : first;
            labels = labels == null ? List.of() : List.copyOf(labels);
        }

        List<FieldPath> fields() {
            return labelsFrom == null
                    ? List.of(FieldPath.of(field))
                    : List.of(FieldPath.of(field), FieldPath.of(labelsFrom));
        }
    }
}
