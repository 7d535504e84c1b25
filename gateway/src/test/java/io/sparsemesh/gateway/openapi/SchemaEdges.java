package io.sparsemesh.gateway.openapi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Values at and just beyond the limits of a schema and of all schemas in it.
public final class SchemaEdges {

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final List<Edge> allowed = new ArrayList<>();
    private final List<Edge> forbidden = new ArrayList<>();

    /// What chooses the alternative that is walked, if one is.
    private List<Edge> chosen = List.of();

    private SchemaEdges() {}

    /// @param pointer where the value is to stand
    /// @param blamed pointer of what is at fault if it is forbidden
    /// @param chosen what has to be set before
    public record Edge(String pointer, JsonNode value, String blamed, List<Edge> chosen) {

        /// `body` with the value, and all objects and arrays that it lies in.
        public JsonNode in(ObjectNode body) {
            chosen.forEach(edge -> edge.in(body));
            return pointer.isEmpty() ? value : set(body, pointer.substring(1).split("/"), 0);
        }

        private JsonNode set(JsonNode parent, String[] path, int at) {
            boolean inArray = path[at].equals("0");
            JsonNode child = inArray ? parent.path(0) : parent.path(path[at]);
            JsonNode next = at + 1 == path.length ? value.deepCopy() : set(child, path, at + 1);
            if (inArray) {
                return JSON.arrayNode().add(next);
            }
            ObjectNode object = parent.isObject() ? (ObjectNode) parent : JSON.objectNode();
            return object.set(path[at], next);
        }

        @Override
        public String toString() {
            String text = value.toString();
            return pointer + " = " + (text.length() > 60 ? text.substring(0, 60) + "..." : text);
        }
    }

    public static List<Edge> allowed(DocumentSchema schema) {
        return walked(schema).allowed;
    }

    public static List<Edge> forbidden(DocumentSchema schema) {
        return walked(schema).forbidden;
    }

    private static SchemaEdges walked(DocumentSchema schema) {
        SchemaEdges edges = new SchemaEdges();
        edges.walk("", schema);
        return edges;
    }

    private void walk(String at, DocumentSchema schema) {
        schema.alternatives().forEach(one -> walk(at, one));
        if (schema.node().has("enum")) {
            schema.node().get("enum").forEach(value -> allow(at, value));
        }
        switch (schema.type()) {
            case "object" -> object(at, schema);
            case "array" -> array(at, schema);
            case "string" -> text(at, schema.node());
            case "number", "integer" -> number(at, schema.node(), schema.type());
            case "boolean" -> {
                allow(at, JSON.booleanNode(true));
                allow(at, JSON.booleanNode(false));
                forbid(at, JSON.textNode("true"));
            }
            default -> forbid(at, JSON.numberNode(7));
        }
    }

    private void allow(String at, JsonNode value) {
        allowed.add(new Edge(at, value, at, chosen));
    }

    /// What is wrong with an entry may be told of its array.
    private void forbid(String at, JsonNode value) {
        forbid(at, value, at.endsWith("/0") ? at.substring(0, at.length() - 2) : at);
    }

    private void forbid(String at, JsonNode value, String blamed) {
        forbidden.add(new Edge(at, value, blamed, chosen));
    }

    private void object(String at, DocumentSchema schema) {
        ObjectNode least = JSON.objectNode();
        schema.properties().forEach((name, property) -> setKind(least, name, property));
        forbid(at, JSON.numberNode(7));
        for (String name : schema.required()) {
            if (!least.has(name)) {
                forbid(at, least, at + "/" + name);
            }
        }
        if (!schema.choices().isEmpty()) {
            forbid(at, least);
        }
        List<Edge> before = chosen;
        chosen = least.isEmpty() ? before : List.of(new Edge(at, least, at, before));
        schema.properties().forEach((name, property) -> walk(at + "/" + name, property));
        chosen = before;
        schema.values().ifPresentOrElse(value -> map(at, schema, value), () -> unknown(at, least));
    }

    /// A field with one value only says which alternative an object is.
    private static void setKind(ObjectNode object, String name, DocumentSchema property) {
        if (property.node().path("enum").size() == 1) {
            object.set(name, property.node().get("enum").get(0));
        }
    }

    private void unknown(String at, ObjectNode least) {
        forbid(at, least.deepCopy().put("other", 1), at + "/other");
    }

    private void map(String at, DocumentSchema schema, DocumentSchema value) {
        walk(at + "/k", value);
        int most = schema.node().get("maxProperties").asInt();
        ObjectNode object = JSON.objectNode();
        for (int i = 0; i <= most; i++) {
            object.set("k" + i, value.full(new Random(0)));
        }
        forbid(at, object);
        if (!value.type().equals("object")) {
            allow(at, object.deepCopy().without("k0"));
        }
    }

    private void array(String at, DocumentSchema schema) {
        DocumentSchema items = schema.items().orElseThrow();
        walk(at + "/0", items);
        forbid(at, JSON.numberNode(7));
        int least = schema.node().path("minItems").asInt(0);
        int most = schema.node().get("maxItems").asInt();
        forbid(at, entries(items, most + 1));
        if (least > 0) {
            forbid(at, entries(items, least - 1));
        }
        if (!items.type().equals("object")) {
            allow(at, entries(items, most));
            allow(at, entries(items, Math.max(1, least)));
        }
    }

    private static ArrayNode entries(DocumentSchema items, int count) {
        ArrayNode entries = JSON.arrayNode();
        for (int i = 0; i < count; i++) {
            entries.add(items.full(new Random(0)));
        }
        return entries;
    }

    private void text(String at, JsonNode schema) {
        forbid(at, JSON.numberNode(7));
        if (schema.has("enum")) {
            forbid(at, JSON.textNode("nothing"));
        }
        if (schema.has("pattern")) {
            forbid(at, JSON.textNode("!"));
        }
        if (schema.has("maxLength")) {
            int most = schema.get("maxLength").asInt();
            allow(at, JSON.textNode("x".repeat(most)));
            forbid(at, JSON.textNode("x".repeat(most + 1)));
        }
    }

    private void number(String at, JsonNode schema, String type) {
        BigDecimal step = type.equals("integer") ? BigDecimal.ONE : new BigDecimal("0.001");
        forbid(at, JSON.textNode("1"));
        if (type.equals("integer")) {
            forbid(at, JSON.numberNode(1.5));
        }
        if (schema.has("enum")) {
            forbid(at, JSON.numberNode(5));
        }
        bound(at, schema, "minimum", step.negate());
        bound(at, schema, "maximum", step);
        exclusive(at, schema, "exclusiveMinimum", step);
        exclusive(at, schema, "exclusiveMaximum", step.negate());
    }

    private void bound(String at, JsonNode schema, String name, BigDecimal out) {
        if (schema.has(name)) {
            BigDecimal bound = new BigDecimal(schema.get(name).asText());
            allow(at, number(bound));
            forbid(at, number(bound.add(out)));
        }
    }

    private void exclusive(String at, JsonNode schema, String name, BigDecimal in) {
        if (schema.has(name)) {
            BigDecimal bound = new BigDecimal(schema.get(name).asText());
            allow(at, number(bound.add(in)));
            forbid(at, number(bound));
        }
    }

    /// As JSON has it: whole numbers without a point.
    private static JsonNode number(BigDecimal value) {
        return value.stripTrailingZeros().scale() <= 0
                ? JSON.numberNode(value.longValueExact())
                : JSON.numberNode(value.doubleValue());
    }
}
