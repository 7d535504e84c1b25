package io.sparsemesh.gateway.source;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparsemesh.contracts.job.FieldPath;
import io.sparsemesh.contracts.job.TaskTemplate;
import io.sparsemesh.gateway.problem.Code;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Looks at the beginning of text and JSONL sources: enough to refuse what cannot be used, without
/// reading all of it.
public final class TextFiles {

    private static final int BEGINNING = 1 << 20;
    private static final int LARGEST_JSON = 1 << 15;
    private static final ObjectMapper JSON = new ObjectMapper();

    /// What lines of the known tasks have; BoolQ says in one of two fields which answer is right.
    private static final Map<String, List<String>> TASK_FIELDS =
            Map.of(
                    "piqa", List.of("goal", "sol1", "sol2", "label"),
                    "arc_easy", List.of("question", "choices", "answerKey"),
                    "arc_challenge", List.of("question", "choices", "answerKey"),
                    "openbookqa", List.of("question_stem", "choices", "answerKey"),
                    "hellaswag", List.of("activity_label", "ctx_a", "ctx_b", "endings", "label"),
                    "winogrande", List.of("sentence", "option1", "option2", "answer"),
                    "boolq", List.of("passage", "question"),
                    "storycloze",
                            List.of(
                                    "input_sentence_1",
                                    "input_sentence_2",
                                    "input_sentence_3",
                                    "input_sentence_4",
                                    "sentence_quiz1",
                                    "sentence_quiz2",
                                    "answer_right_ending"),
                    "lambada", List.of("text"),
                    "lambada_openai", List.of("text"));

    private TextFiles() {}

    /// Checks plain text, or JSON lines with a text in `field`.
    ///
    /// @throws SourceException if it is empty, not UTF-8 or has no text
    public static void requireText(Path file, String field) {
        if (isJsonLines(file)) {
            JsonNode first = firstObject(file);
            if (!first.path(field).isTextual()) {
                throw invalid(
                        file,
                        "line 1: expected a field '%s' with a string%s"
                                .formatted(field, hint(first)));
            }
            return;
        }
        if (beginning(file).isBlank()) {
            throw invalid(file, "expected text, found none");
        }
    }

    /// Templates of chats are programs, which are not run here.
    private static String hint(JsonNode line) {
        boolean chat =
                Stream.of("messages", "conversations").anyMatch(name -> line.path(name).isArray());
        return chat
                ? ", found a chat; chat templates are not applied here: write what the tokenizer's"
                        + " apply_chat_template makes of each chat as token ids into a .safetensors"
                        + " file, or as text into a field"
                : "";
    }

    /// Checks that the first line has what the zero-shot task `name` asks of its items.
    ///
    /// @throws SourceException if it has not
    public static void requireItems(Path file, String name) {
        JsonNode item = firstObject(file);
        List<String> fields = TASK_FIELDS.get(name);
        if (fields == null) {
            requireOwnTask(file, name, item);
        } else {
            requireFields(file, name, item, fields.toArray(String[]::new));
        }
    }

    /// Checks that the first line has the fields that a task's format asks for.
    ///
    /// @throws SourceException if it has not
    public static void requireItems(Path file, TaskTemplate template) {
        JsonNode item = firstObject(file);
        for (FieldPath field : template.fields()) {
            if (field.in(item).isMissingNode()) {
                throw invalid(
                        file,
                        "line 1: the format expects a field '%s', found none".formatted(field));
            }
        }
    }

    /// A small file of JSON.
    ///
    /// @throws SourceException if it is large, or something else
    public static JsonNode json(Path file) {
        String text = beginning(file);
        if (text.length() >= LARGEST_JSON) {
            throw invalid(
                    file,
                    "expected less than %d characters of JSON, found more".formatted(LARGEST_JSON));
        }
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw invalid(file, "malformed JSON: " + e.getOriginalMessage());
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
                        case "choices", "endings" -> !value.isEmpty();
                        case "gold" -> value.isIntegralNumber();
                        case "label" ->
                                value.isIntegralNumber()
                                        || !name.equals("piqa") && value.isTextual();
                        case "answer", "answer_right_ending" -> FieldPath.text(value).isPresent();
                        case "ctx_b" -> value.isTextual();
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
