package io.sparsemesh.gateway.source;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparsemesh.gateway.problem.Code;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// Looks at the beginning of text and JSONL sources: enough to refuse what cannot be used, without
/// reading all of it.
public final class TextFiles {

    private static final int BEGINNING = 1 << 20;
    private static final ObjectMapper JSON = new ObjectMapper();

    private TextFiles() {}

    /// Checks plain text, or JSON lines with a `text`.
    ///
    /// @throws SourceException if it is empty, not UTF-8 or has no text
    public static void requireText(Path file) {
        if (isJsonLines(file)) {
            JsonNode first = firstObject(file);
            if (!first.path("text").isTextual()) {
                throw invalid(file, "line 1: expected a field 'text' with a string");
            }
            return;
        }
        if (beginning(file).isBlank()) {
            throw invalid(file, "expected text, found none");
        }
    }

    /// Checks that the first line has what the zero-shot task `name` asks of its items.
    ///
    /// @throws SourceException if it has not
    public static void requireItems(Path file, String name) {
        JsonNode item = firstObject(file);
        switch (name) {
            case "piqa" -> requireFields(file, name, item, "goal", "sol1", "sol2", "label");
            case "arc_easy", "arc_challenge" ->
                    requireFields(file, name, item, "question", "choices", "answerKey");
            case "lambada", "lambada_openai" -> requireFields(file, name, item, "text");
            default -> requireOwnTask(file, name, item);
        }
    }

    private static void requireOwnTask(Path file, String name, JsonNode item) {
        if (item.has("text")) {
            requireFields(file, name, item, "text");
            return;
        }
        requireFields(file, name, item, "query", "choices", "gold");
        int choices = item.get("choices").size();
        int gold = item.get("gold").asInt(-1);
        if (gold < 0 || gold >= choices) {
            throw invalid(
                    file,
                    "line 1: expected gold from 0 to %d, found %s"
                            .formatted(choices - 1, item.get("gold")));
        }
    }

    private static void requireFields(Path file, String name, JsonNode item, String... fields) {
        for (String field : fields) {
            JsonNode value = item.path(field);
            boolean usable =
                    switch (field) {
                        case "choices" -> !value.isEmpty();
                        case "label", "gold" -> value.isIntegralNumber();
                        default -> value.isTextual() && !value.textValue().isBlank();
                    };
            if (!usable) {
                throw invalid(
                        file,
                        "line 1: task %s expects a field '%s', found %s"
                                .formatted(
                                        name,
                                        field,
                                        value.isMissingNode() ? "none" : value.getNodeType()));
            }
        }
    }

    private static boolean isJsonLines(Path file) {
        return file.toString().endsWith(".jsonl");
    }

    private static JsonNode firstObject(Path file) {
        String line = beginning(file).lines().filter(l -> !l.isBlank()).findFirst().orElse("");
        if (line.isEmpty()) {
            throw invalid(file, "expected JSON lines, found none");
        }
        try {
            JsonNode item = JSON.readTree(line);
            if (!item.isObject()) {
                throw invalid(file, "line 1: expected a JSON object, found " + item.getNodeType());
            }
            return item;
        } catch (JsonProcessingException e) {
            throw invalid(file, "line 1: malformed JSON: " + e.getOriginalMessage());
        }
    }

    private static String beginning(Path file) {
        if (!Files.isRegularFile(file)) {
            throw invalid(file, "expected a file, found a folder");
        }
        try (InputStream in = Files.newInputStream(file)) {
            return decoded(file, in.readNBytes(BEGINNING));
        } catch (IOException e) {
            throw invalid(file, "cannot be read: " + e);
        }
    }

    private static String decoded(Path file, byte[] bytes) {
        int end = bytes.length < BEGINNING ? bytes.length : lastBoundary(bytes);
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, 0, end))
                    .toString();
        } catch (CharacterCodingException e) {
            throw invalid(file, "expected UTF-8 text, found other bytes");
        }
    }

    /// End of the last whole character.
    private static int lastBoundary(byte[] bytes) {
        int end = bytes.length - 1;
        while (end > 0 && (bytes[end] & 0xc0) == 0x80) {
            end--;
        }
        return end;
    }

    private static SourceException invalid(Path file, String detail) {
        return new SourceException(
                Code.INVALID_SOURCE, "[%s] %s".formatted(file.getFileName(), detail));
    }
}
