package io.sparsemesh.gateway.openapi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/// Values that a schema of the document allows, with some that it does not among them.
record SchemaValues(Junk junk) {

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final double WRONG = 0.15;

    JsonNode value(DocumentSchema schema) {
        if (junk.chance(WRONG)) {
            return junk.json();
        }
        JsonNode allowed = schema.node().path("enum");
        if (!allowed.isMissingNode()) {
            return allowed.get(junk.random().nextInt(allowed.size()));
        }
        return switch (schema.type()) {
            case "object" -> object(schema);
            case "array" -> JSON.arrayNode().add(value(schema.items().orElseThrow()));
            case "integer" -> JSON.numberNode(junk.random().nextInt(200) - 10);
            case "number" -> JSON.numberNode(junk.random().nextDouble());
            case "boolean" -> JSON.booleanNode(junk.random().nextBoolean());
            default -> JSON.textNode(junk.text());
        };
    }

    private ObjectNode object(DocumentSchema schema) {
        ObjectNode object = JSON.objectNode();
        schema.properties()
                .forEach(
                        (name, property) -> {
                            if (junk.chance(0.3)) {
                                object.set(name, value(property));
                            }
                        });
        schema.values().ifPresent(any -> object.set(junk.text(), value(any)));
        return object;
    }
}
