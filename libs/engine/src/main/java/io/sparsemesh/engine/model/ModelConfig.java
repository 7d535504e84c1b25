package io.sparsemesh.engine.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.checkpoint.CheckpointException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/// Typed access to a `config.json`, or to an object inside it; a value of the wrong kind is refused
/// with its key.
///
/// @param node the object, or a list whose elements have the keys `0`, `1`, ...
/// @param path key of the object in the file with a dot at its end, empty for the whole file
public record ModelConfig(JsonNode node, String path) {

    private static final String FILE = "config.json";

    /// Bounds on what a config may ask for before anything checks it against the weights.
    private static final long LARGEST = 1L << 24;

    private static final long LARGEST_COUNT = 1L << 12;

    public ModelConfig(JsonNode node) {
        this(node, "");
    }

    /// Whether the key is there and not null.
    public boolean has(String key) {
        JsonNode value = value(key);
        return !value.isMissingNode() && !value.isNull();
    }

    public String modelType() {
        return text("model_type");
    }

    /// A size: a whole number from 1 to 2^24.
    public long size(String key) {
        JsonNode value = required(key);
        long size = value.isIntegralNumber() && value.canConvertToLong() ? value.longValue() : 0;
        if (size < 1 || size > LARGEST) {
            throw invalid(key, "a whole number from 1 to 2^24", value);
        }
        return size;
    }

    /// A size, or `otherwise` when the key is missing or null.
    public long size(String key, long otherwise) {
        return has(key) ? size(key) : otherwise;
    }

    /// A whole number from 0 to 2^24.
    public long whole(String key) {
        JsonNode value = required(key);
        long number = value.isIntegralNumber() && value.canConvertToLong() ? value.longValue() : -1;
        if (number < 0 || number > LARGEST) {
            throw invalid(key, "a whole number from 0 to 2^24", value);
        }
        return number;
    }

    /// A count of blocks or heads.
    public int count(String key) {
        long count = size(key);
        if (count > LARGEST_COUNT) {
            throw invalid(key, "a whole number up to " + LARGEST_COUNT, required(key));
        }
        return (int) count;
    }

    /// A positive, finite number.
    public double positive(String key) {
        JsonNode value = required(key);
        double number = value.isNumber() ? value.doubleValue() : 0;
        if (!(number > 0) || Double.isInfinite(number)) {
            throw invalid(key, "a positive number", value);
        }
        return number;
    }

    /// A positive number, or `otherwise` when the key is missing or null.
    public double positive(String key, double otherwise) {
        return has(key) ? positive(key) : otherwise;
    }

    /// A boolean, or `otherwise` when the key is missing or null.
    public boolean flag(String key, boolean otherwise) {
        if (!has(key)) {
            return otherwise;
        }
        JsonNode value = required(key);
        if (!value.isBoolean()) {
            throw invalid(key, "true or false", value);
        }
        return value.booleanValue();
    }

    public String text(String key) {
        JsonNode value = required(key);
        if (!value.isTextual()) {
            throw invalid(key, "a string", value);
        }
        return value.textValue();
    }

    /// A string, or `otherwise` when the key is missing or null.
    public String text(String key, String otherwise) {
        return has(key) ? text(key) : otherwise;
    }

    /// Whether the key is there and null, which in some configs is not the same as missing.
    public boolean isNull(String key) {
        return value(key).isNull();
    }

    /// A list of strings.
    public List<String> texts(String key) {
        JsonNode value = required(key);
        List<String> texts = new ArrayList<>();
        value.forEach(element -> texts.add(element.asText()));
        if (!value.isArray() || !value.valueStream().allMatch(JsonNode::isTextual)) {
            throw invalid(key, "a list of strings", value);
        }
        return texts;
    }

    /// A list of objects or lists; the elements of a list have the keys `0`, `1`, ...
    public List<ModelConfig> list(String key) {
        JsonNode value = required(key);
        if (!value.isArray() || !value.valueStream().allMatch(JsonNode::isContainerNode)) {
            throw invalid(key, "a list of objects or lists", value);
        }
        List<ModelConfig> elements = new ArrayList<>();
        for (int i = 0; i < value.size(); i++) {
            elements.add(new ModelConfig(value.get(i), "%s%s.%d.".formatted(path, key, i)));
        }
        return elements;
    }

    /// An object inside this one, empty when the key is missing or null.
    public Optional<ModelConfig> object(String key) {
        if (!has(key)) {
            return Optional.empty();
        }
        JsonNode value = required(key);
        if (!value.isObject()) {
            throw invalid(key, "an object", value);
        }
        return Optional.of(new ModelConfig(value, path + key + "."));
    }

    /// Refuses a combination of values.
    public CheckpointException invalid(String key, String expected, Object found) {
        return new CheckpointException(
                FILE, "", "%s%s: expected %s, found %s".formatted(path, key, expected, found));
    }

    /// Refuses `value` as one that is valid but not supported.
    public UnsupportedModelException unsupported(
            String modelType, String key, Object value, Collection<String> supported) {
        return UnsupportedModelException.option(
                modelType, path + key, String.valueOf(value), supported);
    }

    private JsonNode required(String key) {
        if (!has(key)) {
            throw invalid(key, "a value", "none");
        }
        return value(key);
    }

    private JsonNode value(String key) {
        return node.isArray() ? node.path(Integer.parseInt(key)) : node.path(key);
    }
}
