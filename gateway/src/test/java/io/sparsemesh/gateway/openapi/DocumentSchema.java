package io.sparsemesh.gateway.openapi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/// A schema of the stored document.
///
/// @param node with the reference followed, if it was one
public record DocumentSchema(JsonNode node) {

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final JsonNode DOCUMENT = StoredDocument.read();

    public static DocumentSchema named(String name) {
        JsonNode schema = DOCUMENT.at("/components/schemas/" + name);
        if (schema.isMissingNode()) {
            throw new IllegalArgumentException("docs/openapi.yaml: no schema " + name);
        }
        return new DocumentSchema(schema);
    }

    static DocumentSchema of(JsonNode schema) {
        return schema.has("$ref")
                ? new DocumentSchema(DOCUMENT.at(schema.get("$ref").asText().substring(1)))
                : new DocumentSchema(schema);
    }

    public String type() {
        return node.path("type").asText();
    }

    public Map<String, DocumentSchema> properties() {
        Map<String, DocumentSchema> properties = new LinkedHashMap<>();
        node.path("properties")
                .properties()
                .forEach(p -> properties.put(p.getKey(), of(p.getValue())));
        return properties;
    }

    /// Of the entries of an array.
    public Optional<DocumentSchema> items() {
        return node.has("items") ? Optional.of(of(node.get("items"))) : Optional.empty();
    }

    /// Of the values of an object whose names are the user's.
    public Optional<DocumentSchema> values() {
        JsonNode values = node.path("additionalProperties");
        return values.isObject() ? Optional.of(of(values)) : Optional.empty();
    }

    public List<String> required() {
        return texts(node.path("required"));
    }

    /// Schemas of which a value has one.
    public List<DocumentSchema> alternatives() {
        List<DocumentSchema> alternatives = new ArrayList<>();
        node.path("oneOf").forEach(one -> alternatives.add(of(one)));
        alternatives.removeIf(one -> one.type().isEmpty());
        return alternatives;
    }

    /// Fields of which an object has one, each with the fields that go only with others.
    public Map<String, List<String>> choices() {
        Map<String, List<String>> choices = new LinkedHashMap<>();
        for (JsonNode one : node.path("oneOf")) {
            texts(one.path("required")).forEach(name -> choices.put(name, without(one)));
        }
        return type().equals("object") ? choices : Map.of();
    }

    private static List<String> without(JsonNode choice) {
        List<String> without = new ArrayList<>();
        choice.path("properties").fieldNames().forEachRemaining(without::add);
        return without;
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(text -> texts.add(text.asText()));
        return texts;
    }

    /// A value with every field, and one entry in each array and map.
    ///
    /// @param choice among alternatives
    public JsonNode full(Random choice) {
        if (!alternatives().isEmpty()) {
            return alternatives().get(choice.nextInt(alternatives().size())).full(choice);
        }
        if (node.has("enum")) {
            return node.get("enum").get(0);
        }
        return switch (type()) {
            case "object" -> fullObject(choice);
            case "array" -> JSON.arrayNode().add(items().orElseThrow().full(choice));
            case "string" -> JSON.textNode("x");
            case "boolean" -> JSON.booleanNode(true);
            default -> JSON.numberNode(1);
        };
    }

    private ObjectNode fullObject(Random choice) {
        ObjectNode object = JSON.objectNode();
        properties().forEach((name, property) -> object.set(name, property.full(choice)));
        values().ifPresent(value -> object.set("k", value.full(choice)));
        List<String> choices = new ArrayList<>(choices().keySet());
        if (!choices.isEmpty()) {
            String chosen = choices.remove(choice.nextInt(choices.size()));
            object.remove(choices);
            object.remove(choices().get(chosen));
        }
        return object;
    }
}
