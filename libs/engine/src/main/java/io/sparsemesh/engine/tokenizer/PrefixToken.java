package io.sparsemesh.engine.tokenizer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.sparsemesh.checkpoint.CheckpointException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/// The token that the first token of a text is predicted from: the one that begins texts, else the
/// one that ends them, as in lm-evaluation-harness.
public final class PrefixToken {

    private static final String SETTINGS = "tokenizer_config.json";
    private static final JsonMapper JSON = new JsonMapper();

    private PrefixToken() {}

    /// Looks in `tokenizer_config.json`, in what the tokenizer itself puts before texts, and in
    /// `config.json`, in this order.
    ///
    /// @param config the model's `config.json`
    /// @throws CheckpointException when none of them has such a token
    public static int find(Path folder, JsonNode config, Tokenizer tokenizer) {
        OptionalInt named = named(settings(folder), tokenizer);
        if (named.isPresent()) {
            return named.getAsInt();
        }
        int[] alone = tokenizer.encode("", true);
        return alone.length > 0 ? alone[0] : configured(folder, config);
    }

    private static OptionalInt named(JsonNode settings, Tokenizer tokenizer) {
        return Stream.of("bos_token", "eos_token")
                .flatMap(key -> text(settings.path(key)).stream())
                .map(text -> tokenizer.encode(text, false))
                .filter(ids -> ids.length == 1)
                .mapToInt(ids -> ids[0])
                .findFirst();
    }

    /// Settings have a token as a string, or as an object with the text in it.
    private static Optional<String> text(JsonNode token) {
        JsonNode text = token.isObject() ? token.path("content") : token;
        return text.isTextual() ? Optional.of(text.textValue()) : Optional.empty();
    }

    private static JsonNode settings(Path folder) {
        Path file = folder.resolve(SETTINGS);
        if (!Files.isRegularFile(file)) {
            return MissingNode.getInstance();
        }
        try {
            return JSON.readTree(Tokenizer.read(file));
        } catch (JsonProcessingException e) {
            throw new CheckpointException(SETTINGS, "", "not JSON: " + e.getOriginalMessage(), e);
        }
    }

    private static int configured(Path folder, JsonNode config) {
        for (String key : List.of("bos_token_id", "eos_token_id")) {
            JsonNode id = config.path(key);
            JsonNode first = id.isArray() ? id.path(0) : id;
            if (first.isInt()) {
                return first.intValue();
            }
        }
        throw new CheckpointException(
                folder.getFileName().toString(),
                "",
                "expected a token that begins texts, bos_token in tokenizer_config.json or"
                        + " bos_token_id in config.json, found none");
    }
}
