package io.sparsemesh.engine.tokenizer;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sparsemesh.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;

/// Refuses a `tokenizer.json` on which the tokenizers library would end the process: it panics
/// there, which cannot be caught. These are the ways that are known, not all there may be.
final class TokenizerCheck {

    /// What the library takes for what it looks like, unless it has a type.
    private static final Set<String> COMPONENTS =
            Set.of("normalizer", "pre_tokenizer", "post_processor", "decoder");

    private static final JsonMapper JSON = new JsonMapper();

    private final String file;

    private TokenizerCheck(String file) {
        this.file = file;
    }

    /// @throws CheckpointException when it is not JSON, or such a one
    static void require(String file, String json) {
        try (JsonParser parser = JSON.createParser(json)) {
            new TokenizerCheck(file).read(parser);
        } catch (JsonProcessingException e) {
            throw new CheckpointException(
                    file, "", "not a tokenizer: not JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new IllegalStateException("a text has no input that fails", e);
        }
    }

    private void read(JsonParser parser) throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw invalid("a JSON object", "something else");
        }
        for (String key = parser.nextFieldName(); key != null; key = parser.nextFieldName()) {
            if (parser.nextToken() != JsonToken.VALUE_NULL && COMPONENTS.contains(key)) {
                JsonNode component = JSON.readTree(parser);
                if (!StandardCharsets.UTF_8.newEncoder().canEncode(component.toString())) {
                    throw invalid(key + " in Unicode", "half a surrogate pair");
                }
                component(key, component);
            } else {
                parser.skipChildren();
            }
        }
    }

    private void component(String key, JsonNode component) {
        if (!component.path("type").isTextual()) {
            throw invalid(key + " with a type", "one without");
        }
        if (component.path("prepend").asText("x").isEmpty()) {
            throw invalid(key + " that prepends something", "an empty text");
        }
        component.path("single").forEach(piece -> piece(component, piece, "A"));
        component.path("pair").forEach(piece -> piece(component, piece, "A", "B"));
        for (String inner :
                new String[] {"normalizers", "pretokenizers", "processors", "decoders"}) {
            component.path(inner).forEach(child -> component(key, child));
        }
    }

    /// @param texts that the template has
    private void piece(JsonNode template, JsonNode piece, String... texts) {
        String text = piece.at("/Sequence/id").asText();
        String token = piece.at("/SpecialToken/id").asText();
        if (!List.of(texts).contains(text) && !template.path("special_tokens").has(token)) {
            throw invalid(
                    "pieces of a template of %s and its special_tokens".formatted(List.of(texts)),
                    "another");
        }
    }

    private CheckpointException invalid(String expected, String found) {
        return new CheckpointException(
                file, "", "not a tokenizer: expected %s, found %s".formatted(expected, found));
    }
}
