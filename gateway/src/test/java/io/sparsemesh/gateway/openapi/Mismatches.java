package io.sparsemesh.gateway.openapi;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Where an answer is not as its schema says. Null is as good as absent.
final class Mismatches {

    private final List<String> found = new ArrayList<>();

    private Mismatches() {}

    /// Pointers, each with what was expected.
    static List<String> of(JsonNode answer, DocumentSchema schema) {
        Mismatches mismatches = new Mismatches();
        mismatches.compare("", answer, schema);
        return mismatches.found;
    }

    private void compare(String at, JsonNode value, DocumentSchema schema) {
        List<DocumentSchema> alternatives = schema.alternatives();
        if (value.isNull()) {
            return;
        }
        if (!alternatives.isEmpty()) {
            if (alternatives.stream().noneMatch(one -> of(value, one).isEmpty())) {
                found.add(at + ": none of the alternatives");
            }
        } else if (!isOfType(value, schema.type())) {
            found.add("%s: expected %s, found %s".formatted(at, schema.type(), value));
        } else if (schema.node().has("enum") && !has(schema.node().get("enum"), value)) {
            found.add("%s: expected one of %s".formatted(at, schema.node().get("enum")));
        } else {
            compareParts(at, value, schema);
        }
    }

    private static boolean isOfType(JsonNode value, String type) {
        return switch (type) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "string" -> value.isTextual();
            case "boolean" -> value.isBoolean();
            case "integer" -> value.isIntegralNumber();
            case "number" -> value.isNumber();
            default -> throw new IllegalStateException("a schema of the type '" + type + "'");
        };
    }

    private static boolean has(JsonNode values, JsonNode value) {
        for (JsonNode one : values) {
            if (one.equals(value)) {
                return true;
            }
        }
        return false;
    }

    private void compareParts(String at, JsonNode value, DocumentSchema schema) {
        Optional<DocumentSchema> items = schema.items();
        for (int i = 0; items.isPresent() && i < value.size(); i++) {
            compare(at + "/" + i, value.get(i), items.get());
        }
        Map<String, DocumentSchema> properties = schema.properties();
        for (Map.Entry<String, JsonNode> field : value.properties()) {
            Optional<DocumentSchema> property =
                    Optional.ofNullable(properties.get(field.getKey())).or(schema::values);
            String pointer = at + "/" + field.getKey();
            if (property.isPresent()) {
                compare(pointer, field.getValue(), property.get());
            } else if (!properties.isEmpty()) {
                found.add(pointer + ": a field that the schema does not have");
            }
        }
    }
}
