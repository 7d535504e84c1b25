package io.sparsemesh.engine.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.checkpoint.CheckpointException;
import java.util.Collection;
import java.util.Optional;

/// Typed access to a `config.json`, or to an object inside it; a value of the wrong kind is refused
/// with its key.
///
/// @param node the object
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
        return node.hasNonNull(key);
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
        return node.get(key);
    }
}
