package io.sparsemesh.contracts.job;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.List;
import java.util.Optional;

/// Where a field lies in a line of JSON: names, and positions in lists, with a dot between them,
/// such as `choices.text` or `options.0`.
///
/// @param steps from the outside inwards
public record FieldPath(List<String> steps) {

    public FieldPath {
        steps = List.copyOf(steps);
    }

    public static FieldPath of(String text) {
        return new FieldPath(List.of(text.split("\\.", -1)));
    }

    /// Whether no step is empty.
    public boolean isWhole() {
        return steps.stream().noneMatch(String::isEmpty);
    }

    /// What lies there; a missing node if nothing does.
    public JsonNode in(JsonNode line) {
        JsonNode found = line;
        for (String step : steps) {
            found = found.isArray() ? element(found, step) : found.path(step);
        }
        return found;
    }

    private static JsonNode element(JsonNode list, String step) {
        return step.matches("[0-9]{1,6}")
                ? list.path(Integer.parseInt(step))
                : MissingNode.getInstance();
    }

    /// The text of a string, a number, or `true` and `false`; empty of anything else.
    public static Optional<String> text(JsonNode value) {
        return value.isTextual() || value.isNumber() || value.isBoolean()
                ? Optional.of(value.asText())
                : Optional.empty();
    }

    @Override
    public String toString() {
        return String.join(".", steps);
    }
}
