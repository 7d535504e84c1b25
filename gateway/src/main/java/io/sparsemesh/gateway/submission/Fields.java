package io.sparsemesh.gateway.submission;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import io.sparsemesh.gateway.problem.Code;
import io.sparsemesh.gateway.problem.Errors;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/// Strict reading of one JSON object. A fault is noted and an absent or default value returned, so
/// that the rest of the request is read as well. Ends with [#finish], which refuses every field
/// that was not asked for.
final class Fields {

    private static final int MAX_TEXT = 4096;

    private final JsonNode object;
    private final String pointer;
    private final Errors errors;
    private final Set<String> known = new LinkedHashSet<>();

    private Fields(JsonNode object, String pointer, Errors errors) {
        this.object = object;
        this.pointer = pointer;
        this.errors = errors;
    }

    /// Reads `node`. When it is no object that alone is noted, not which fields it lacks.
    static Fields of(JsonNode node, String pointer, Errors errors) {
        if (node.isObject()) {
            return new Fields(node, pointer, errors);
        }
        errors.add(pointer, Code.WRONG_TYPE, "expected an object, found " + kind(node));
        return absent(pointer);
    }

    /// An object whose fields are not reported one by one, as it is missing itself.
    private static Fields absent(String pointer) {
        return new Fields(JsonNodeFactory.instance.objectNode(), pointer, new Errors());
    }

    /// Pointer of the object itself.
    String pointer() {
        return pointer;
    }

    String pointer(String field) {
        return pointer + "/" + field.replace("~", "~0").replace("/", "~1");
    }

    boolean has(String field) {
        known.add(field);
        return object.has(field);
    }

    boolean isObject(String field) {
        return object.path(field).isObject();
    }

    boolean isEmptyList(String field) {
        return object.path(field).isArray() && object.path(field).isEmpty();
    }

    boolean isText(String field) {
        return object.path(field).isTextual();
    }

    /// The object of that name.
    Optional<Fields> object(String field) {
        return has(field)
                ? Optional.of(of(object.get(field), pointer(field), errors))
                : Optional.empty();
    }

    Fields requiredObject(String field) {
        if (!has(field)) {
            missing(field, "an object");
            return absent(pointer(field));
        }
        return of(object.get(field), pointer(field), errors);
    }

    Optional<String> text(String field) {
        if (!has(field)) {
            return Optional.empty();
        }
        return text(object.get(field), pointer(field));
    }

    Optional<String> requiredText(String field) {
        if (!has(field)) {
            missing(field, "a string");
        }
        return text(field);
    }

    /// A string that is one of `values`.
    <T> T choice(String field, Map<String, T> values, T otherwise) {
        Optional<String> text = text(field);
        if (text.isEmpty() || values.containsKey(text.get())) {
            return text.map(values::get).orElse(otherwise);
        }
        refuse(field, "expected one of %s, found '%s'".formatted(values.keySet(), text.get()));
        return otherwise;
    }

    boolean flag(String field, boolean otherwise) {
        if (!has(field)) {
            return otherwise;
        }
        JsonNode node = object.get(field);
        if (!node.isBoolean()) {
            wrongType(field, "true or false");
            return otherwise;
        }
        return node.booleanValue();
    }

    Optional<Long> whole(String field, long min, long max) {
        if (!has(field)) {
            return Optional.empty();
        }
        JsonNode node = object.get(field);
        if (!node.isIntegralNumber()) {
            wrongType(field, "a whole number");
            return Optional.empty();
        }
        if (!node.canConvertToLong() || node.longValue() < min || node.longValue() > max) {
            refuse(
                    field,
                    "expected a whole number from %d to %d, found %s".formatted(min, max, node));
            return Optional.empty();
        }
        return Optional.of(node.longValue());
    }

    /// As [#whole] for numbers that fit an `int`.
    Optional<Integer> count(String field, int min, int max) {
        return whole(field, min, max).map(Math::toIntExact);
    }

    Optional<Double> number(String field, Predicate<Double> allowed, String expected) {
        if (!has(field)) {
            return Optional.empty();
        }
        JsonNode node = object.get(field);
        if (!node.isNumber()) {
            wrongType(field, "a number");
            return Optional.empty();
        }
        double value = node.doubleValue();
        if (!Double.isFinite(value) || !allowed.test(value)) {
            refuse(field, "expected %s, found %s".formatted(expected, node));
            return Optional.empty();
        }
        return Optional.of(value);
    }

    List<String> texts(String field, List<String> otherwise, int limit) {
        if (!has(field)) {
            return otherwise;
        }
        List<String> texts = new ArrayList<>();
        each(field, limit, (node, at) -> text(node, at).ifPresent(texts::add));
        return texts;
    }

    /// Strings that are each one of `values`, at least one; each once.
    <T> List<T> choices(String field, Map<String, T> values, List<T> otherwise) {
        if (!has(field)) {
            return otherwise;
        }
        if (isEmptyList(field)) {
            refuse(field, "expected at least one of %s, found none".formatted(values.keySet()));
        }
        Set<T> chosen = new LinkedHashSet<>();
        each(
                field,
                values.size(),
                (node, at) ->
                        text(node, at)
                                .flatMap(text -> chosen(text, at, values))
                                .ifPresent(chosen::add));
        return List.copyOf(chosen);
    }

    private <T> Optional<T> chosen(String text, String at, Map<String, T> values) {
        if (!values.containsKey(text)) {
            errors.add(
                    at,
                    Code.INVALID_VALUE,
                    "expected one of %s, found '%s', the nearest is '%s'"
                            .formatted(
                                    values.keySet(),
                                    shown(text),
                                    NearestName.among(values.keySet(), text)));
        }
        return Optional.ofNullable(values.get(text));
    }

    List<Fields> objects(String field, int limit) {
        List<Fields> objects = new ArrayList<>();
        if (has(field)) {
            each(field, limit, (node, at) -> objects.add(of(node, at, errors)));
        }
        return objects;
    }

    private void each(String field, int limit, BiConsumer<JsonNode, String> read) {
        JsonNode array = object.get(field);
        if (!array.isArray()) {
            wrongType(field, "an array");
            return;
        }
        if (array.size() > limit) {
            refuse(field, "expected at most %d entries, found %d".formatted(limit, array.size()));
            return;
        }
        for (int i = 0; i < array.size(); i++) {
            read.accept(array.get(i), pointer(field) + "/" + i);
        }
    }

    /// All fields as strings: for objects whose field names are the user's own.
    void eachText(BiConsumer<String, String> read) {
        for (Map.Entry<String, JsonNode> entry : object.properties()) {
            known.add(entry.getKey());
            text(entry.getValue(), pointer(entry.getKey()))
                    .ifPresent(value -> read.accept(entry.getKey(), value));
        }
    }

    /// All fields as objects, likewise, in the order of the request.
    void eachObject(int limit, BiConsumer<String, Fields> read) {
        if (object.size() > limit) {
            errors.add(
                    pointer,
                    Code.INVALID_VALUE,
                    "expected at most %d entries, found %d".formatted(limit, object.size()));
        }
        for (Map.Entry<String, JsonNode> entry : object.properties()) {
            known.add(entry.getKey());
            text(TextNode.valueOf(entry.getKey()), pointer)
                    .map(name -> of(entry.getValue(), pointer(name), errors))
                    .ifPresent(value -> read.accept(entry.getKey(), value));
        }
    }

    private Optional<String> text(JsonNode node, String at) {
        if (!node.isTextual()) {
            errors.add(at, Code.WRONG_TYPE, "expected a string, found " + kind(node));
            return Optional.empty();
        }
        String text = node.textValue();
        if (text.length() > MAX_TEXT) {
            errors.add(
                    at,
                    Code.INVALID_VALUE,
                    "expected at most %d characters, found %d".formatted(MAX_TEXT, text.length()));
            return Optional.empty();
        }
        if (text.codePoints().anyMatch(Fields::isUnstorable)) {
            errors.add(at, Code.INVALID_VALUE, "expected text without NUL and lone surrogates");
            return Optional.empty();
        }
        return Optional.of(text);
    }

    private static boolean isUnstorable(int codePoint) {
        return codePoint == 0 || Character.getType(codePoint) == Character.SURROGATE;
    }

    void missing(String field, String expected) {
        errors.add(
                pointer(field), Code.MISSING_FIELD, "expected %s, found none".formatted(expected));
    }

    void refuse(String field, String detail) {
        errors.add(pointer(field), Code.INVALID_VALUE, detail);
    }

    void refuse(String field, String code, String detail) {
        errors.add(pointer(field), code, detail);
    }

    /// Notes a fault at a path of names and positions below the object; of the object itself if
    /// the path is empty.
    void refuseBelow(String path, String detail) {
        errors.add(path.isEmpty() ? pointer : pointer + "/" + path, Code.INVALID_VALUE, detail);
    }

    /// Notes a fault of the object as a whole.
    void refuseWhole(String code, String detail) {
        errors.add(pointer, code, detail);
    }

    /// Notes that a field is something else than `expected`.
    void wrongType(String field, String expected) {
        errors.add(
                pointer(field),
                Code.WRONG_TYPE,
                "expected %s, found %s".formatted(expected, kind(object.get(field))));
    }

    /// Refuses the fields that nobody asked for.
    void finish() {
        for (Map.Entry<String, JsonNode> entry : object.properties()) {
            if (!known.contains(entry.getKey())) {
                errors.add(
                        pointer(entry.getKey()),
                        Code.UNKNOWN_FIELD,
                        "unknown field '%s', the nearest known is '%s'"
                                .formatted(shown(entry.getKey()), nearest(entry.getKey())));
            }
        }
    }

    private String nearest(String name) {
        return NearestName.among(known, name);
    }

    private static String shown(String text) {
        return text.length() > 100 ? text.substring(0, 100) + "..." : text;
    }

    private static String kind(JsonNode node) {
        return switch (node.getNodeType()) {
            case OBJECT -> "an object";
            case ARRAY -> "an array";
            case NULL -> "null";
            case BOOLEAN -> node.toString();
            case NUMBER -> "the number " + shown(node.toString());
            case STRING -> "the string " + shown(node.toString());
            case BINARY, MISSING, POJO -> node.getNodeType().toString();
        };
    }
}
