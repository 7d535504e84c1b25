package io.sparsemesh.engine.model;

import io.sparsemesh.checkpoint.CheckpointException;
import java.util.Collection;
import java.util.List;

/// A model that Sparsemesh cannot run: a type it does not know, or an option of a known type.
public final class UnsupportedModelException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String type;
    private final List<String> supported;

    private UnsupportedModelException(String message, String type, Collection<String> supported) {
        super(message);
        this.type = type;
        this.supported = List.copyOf(supported);
    }

    /// @param type the config's `model_type`
    /// @param supported the types there are
    public UnsupportedModelException(String type, Collection<String> supported) {
        this(
                "[config.json] model_type: expected one of %s, found '%s'"
                        .formatted(supported, CheckpointException.printable(type)),
                type,
                supported);
    }

    /// An option of a known model type with a value that is not supported.
    ///
    /// @param option key in the config
    /// @param supported the values that are
    public static UnsupportedModelException option(
            String type, String option, String value, Collection<String> supported) {
        return new UnsupportedModelException(
                "[config.json] %s of a model of type '%s': expected one of %s, found '%s'"
                        .formatted(option, type, supported, CheckpointException.printable(value)),
                type,
                supported);
    }

    /// The config's `model_type`.
    public String type() {
        return type;
    }

    /// What is supported: model types, or values of the option in the message.
    public List<String> supported() {
        return supported;
    }
}
