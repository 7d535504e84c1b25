package io.sparsemesh.gateway.openapi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/// Values that a schema of the document allows, with some that it does not among them.
record SchemaValues(JsonNode document, Junk junk) {

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final double WRONG = 0.15;

    JsonNode value(JsonNode reference) {
        JsonNode schema = resolve(reference);
        if (junk.chance(WRONG)) {
            return junk.json();
        }
        if (schema.has("enum")) {
            return schema.get("enum").get(junk.random().nextInt(schema.get("enum").size()));
        }
        return switch (schema.path("type").asText()) {
            case "object" -> object(schema);
            case "array" -> JSON.arrayNode().add(value(schema.get("items")));
            case "integer" -> JSON.numberNode(junk.random().nextInt(200) - 10);
            case "number" -> JSON.numberNode(junk.random().nextDouble());
            case "boolean" -> JSON.booleanNode(junk.random().nextBoolean());
            default -> JSON.textNode(junk.text());
        };
    }

    private JsonNode resolve(JsonNode schema) {
        return schema.has("$ref") ? document.at(schema.get("$ref").asText().substring(1)) : schema;
    }

    private ObjectNode object(JsonNode schema) {
        ObjectNode object = JSON.objectNode();
        for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
            if (junk.chance(0.3)) {
                object.set(property.getKey(), value(property.getValue()));
            }
        }
        if (schema.path("additionalProperties").isObject()) {
            object.set(junk.text(), value(schema.get("additionalProperties")));
        }
        return object;
    }
}
