package io.sparsemesh.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/// YAML to trees and back.
final class Yaml {

    private static final YAMLMapper MAPPER = new YAMLMapper();

    private Yaml() {}

    static JsonNode one(String text) {
        try {
            return MAPPER.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException("no YAML: " + text, e);
        }
    }

    /// A document with anchors and merge keys, which Jackson leaves as they are.
    static JsonNode withAnchors(String text) {
        return MAPPER.valueToTree(new org.yaml.snakeyaml.Yaml().<Object>load(text));
    }

    /// All documents but empty ones.
    static List<JsonNode> all(String text) {
        try (MappingIterator<JsonNode> documents =
                MAPPER.readerFor(JsonNode.class).readValues(text)) {
            return documents.readAll().stream().filter(JsonNode::isObject).toList();
        } catch (IOException e) {
            throw new UncheckedIOException("no YAML: " + text, e);
        }
    }

    static String write(JsonNode node) {
        try {
            return MAPPER.writeValueAsString(node);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + node, e);
        }
    }

    /// `below` with what `above` says otherwise, map by map, as Helm does.
    static JsonNode merge(JsonNode below, JsonNode above) {
        if (!(below instanceof ObjectNode base) || !(above instanceof ObjectNode)) {
            return above;
        }
        ObjectNode merged = base.deepCopy();
        above.properties()
                .forEach(
                        field ->
                                merged.set(
                                        field.getKey(),
                                        base.has(field.getKey())
                                                ? merge(base.get(field.getKey()), field.getValue())
                                                : field.getValue()));
        return merged;
    }
}
