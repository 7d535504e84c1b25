package io.sparsemesh.engine.family;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/// Golden cases with another config.
final class Recast {

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(JsonReadFeature.ALLOW_SINGLE_QUOTES).build();

    private Recast() {}

    /// Writes a copy of one of our own cases to `folder`.
    ///
    /// @param key set in its config
    /// @param value JSON, strings in single quotes
    static Path with(String name, String key, String value, Path folder) {
        Path from =
                GoldenModels.own().stream()
                        .filter(path -> path.endsWith(name))
                        .findFirst()
                        .orElseThrow();
        try {
            ObjectNode config = (ObjectNode) JSON.readTree(from.resolve("config.json").toFile());
            config.set(key, JSON.readTree(value));
            JSON.writeValue(folder.resolve("config.json").toFile(), config);
            Files.copy(
                    from.resolve("model.safetensors"),
                    folder.resolve("model.safetensors"),
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return folder;
    }
}
