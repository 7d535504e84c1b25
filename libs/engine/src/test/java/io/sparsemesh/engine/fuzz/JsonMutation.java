package io.sparsemesh.engine.fuzz;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ContainerNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;

/// Changes values, keys and structure of JSON, which stays well-formed: so what reads the values is
/// reached, not the parser alone.
final class JsonMutation {

    private static final JsonMapper JSON = new JsonMapper();
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private static final List<String> VALUES =
            List.of(
                    "null",
                    "true",
                    "false",
                    "0",
                    "1",
                    "-1",
                    "2",
                    "3",
                    "7",
                    "4096",
                    "4097",
                    "16777216",
                    "16777217",
                    "2147483647",
                    "2147483648",
                    "4294967296",
                    "9223372036854775807",
                    "9223372036854775808",
                    "1e18",
                    "1e-300",
                    "1e308",
                    "-0.0",
                    "0.5",
                    "\"\"",
                    "\"0\"",
                    "\"a\"",
                    "\"../x\"",
                    "\"gelu\"",
                    "\"linear\"",
                    "\"\\u0000\"",
                    "[]",
                    "{}",
                    "[0,0]",
                    "[null]",
                    "[\"a\",2]",
                    "[[\"a\",\"b\"],4096]");

    private final Random random;

    /// Values that the seeds have, by key: `rope_scaling` of one is a good idea for another.
    private final TreeMap<String, List<JsonNode>> known = new TreeMap<>();

    JsonMutation(Random random, Collection<byte[]> seeds) {
        this.random = random;
        seeds.forEach(seed -> learn(parsed(seed)));
    }

    private void learn(JsonNode node) {
        node.properties()
                .forEach(e -> known.computeIfAbsent(e.getKey(), _ -> values()).add(e.getValue()));
        node.forEach(this::learn);
    }

    private static List<JsonNode> values() {
        return new ArrayList<>();
    }

    /// @param json an object or a list, well-formed
    byte[] mutate(byte[] json) {
        JsonNode root = parsed(json).deepCopy();
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            List<ContainerNode<?>> containers = new ArrayList<>();
            collect(root, containers);
            if (!containers.isEmpty()) {
                change(containers.get(random.nextInt(containers.size())));
            }
        }
        try {
            return JSON.writeValueAsBytes(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void collect(JsonNode node, List<ContainerNode<?>> containers) {
        if (node instanceof ContainerNode<?> container) {
            containers.add(container);
        }
        node.forEach(child -> collect(child, containers));
    }

    private void change(ContainerNode<?> container) {
        switch (container) {
            case ObjectNode object -> change(object);
            case ArrayNode array -> change(array);
            default -> throw new IllegalStateException(container.getNodeType().toString());
        }
    }

    private void change(ObjectNode object) {
        String own = key(object);
        switch (random.nextInt(5)) {
            case 0 -> object.remove(own);
            case 1 -> object.set(own, value());
            case 2 -> object.set(own, learned(own));
            case 3 -> object.set(random(known.keySet().stream().toList()), object.get(own));
            default -> {
                String other = random(known.keySet().stream().toList());
                object.set(other, learned(other));
            }
        }
    }

    private String key(ObjectNode object) {
        List<String> keys = new ArrayList<>();
        object.fieldNames().forEachRemaining(keys::add);
        return keys.isEmpty() ? "a" : random(keys);
    }

    private void change(ArrayNode array) {
        int at = random.nextInt(array.size() + 1);
        switch (random.nextInt(3)) {
            case 0 -> array.insert(at, value());
            case 1 -> array.remove(at);
            default -> {
                if (at < array.size()) {
                    array.set(at, value());
                }
            }
        }
    }

    private JsonNode learned(String key) {
        List<JsonNode> values = known.get(key);
        return values == null ? value() : random(values).deepCopy();
    }

    private JsonNode value() {
        return switch (random.nextInt(8)) {
            case 0 -> NODES.numberNode(random.nextInt(65));
            case 1 -> NODES.numberNode(1L << random.nextInt(63));
            case 2 -> nested(1 + random.nextInt(40));
            case 3 -> NODES.textNode("x".repeat(1 << random.nextInt(17)));
            default -> parsed(random(VALUES).getBytes(java.nio.charset.StandardCharsets.UTF_8));
        };
    }

    private JsonNode nested(int depth) {
        JsonNode node = NODES.arrayNode();
        for (int i = 0; i < depth; i++) {
            node = NODES.arrayNode().add(node);
        }
        return node;
    }

    private <T> T random(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }

    private static JsonNode parsed(byte[] json) {
        try {
            return JSON.readTree(json);
        } catch (IOException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
