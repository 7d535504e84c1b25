package io.sparsemesh.engine.corpus;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// Files of text in UTF-8.
public final class TextFile {

    /// Texts are tokenised as one, in memory.
    private static final long LARGEST = 256L << 20;

    private static final JsonMapper JSON = new JsonMapper();

    private TextFile() {}

    /// The field of a line that has its text, unless another is named.
    public static final String FIELD = "text";

    /// As [#read(Path, String, String)] of the field [#FIELD].
    public static String read(Path file, String separator) {
        return read(file, FIELD, separator);
    }

    /// One text out of a file:
    ///
    /// - `.jsonl`: the fields `field` of its lines, joined by `separator`
    /// - `.raw`: WikiText as published, where each line is a text of its own that keeps its line
    ///   break, and a blank one is empty; joined by `separator`
    /// - any other: the file as it is
    ///
    /// @throws DataException when the file is missing, too large, not UTF-8, or has a line without
    ///     the field
    public static String read(Path file, String field, String separator) {
        if (isRaw(file)) {
            return wikiText(content(file), separator);
        }
        return String.join(separator, texts(file, field));
    }

    /// The texts of a file: a `.jsonl` has one in each line; any other is one.
    ///
    /// @throws DataException as [#read(Path, String, String)]
    public static List<String> texts(Path file, String field) {
        return file.getFileName().toString().endsWith(".jsonl")
                ? lines(file).stream().map(line -> line.text(field)).toList()
                : List.of(content(file));
    }

    /// Whether it is WikiText as published.
    public static boolean isRaw(Path file) {
        return file.getFileName().toString().endsWith(".raw");
    }

    /// WikiText whatever the file is called; see [#read(Path, String, String)].
    static String wikiText(Path file, String separator) {
        return wikiText(content(file), separator);
    }

    /// The lines of a file without white space around them, joined by `separator`.
    static String strippedLines(Path file, String separator) {
        return content(file).lines().map(String::strip).collect(Collectors.joining(separator));
    }

    /// The last line has no line break if the file does not end with one.
    private static String wikiText(String text, String separator) {
        String joined =
                text.lines()
                        .map(line -> line.isBlank() ? "" : line + "\n")
                        .collect(Collectors.joining(separator));
        boolean open = !text.endsWith("\n") && joined.endsWith("\n");
        return open ? joined.substring(0, joined.length() - 1) : joined;
    }

    /// One line of a `.jsonl` file.
    ///
    /// @param file name of the file
    /// @param number counted from 1
    /// @param json an object
    public record Line(String file, int number, JsonNode json) {

        /// A field that has to be a string.
        ///
        /// @throws DataException when it is missing or something else
        public String text(String field) {
            JsonNode value = json.path(field);
            if (!value.isTextual()) {
                throw invalid("'%s': expected a string, found %s".formatted(field, kind(value)));
            }
            return value.textValue();
        }

        public DataException invalid(String message) {
            return new DataException(file, "line %d: %s".formatted(number, message));
        }

        private static String kind(JsonNode value) {
            return value.isMissingNode() ? "nothing" : value.getNodeType().toString();
        }
    }

    /// The lines of a `.jsonl` file that are not blank.
    ///
    /// @throws DataException when the file cannot be read or a line is not a JSON object
    public static List<Line> lines(Path file) {
        String name = file.getFileName().toString();
        List<Line> lines = new ArrayList<>();
        int number = 0;
        for (String line : (Iterable<String>) content(file).lines()::iterator) {
            number++;
            if (!line.isBlank()) {
                lines.add(line(name, number, line));
            }
        }
        return lines;
    }

    private static Line line(String file, int number, String text) {
        try {
            Line line = new Line(file, number, JSON.readTree(text));
            if (!line.json().isObject()) {
                throw line.invalid("expected a JSON object, found " + line.json().getNodeType());
            }
            return line;
        } catch (JsonProcessingException e) {
            throw new DataException(
                    file, "line %d: not JSON: %s".formatted(number, e.getOriginalMessage()), e);
        }
    }

    private static String content(Path file) {
        String name = file.getFileName().toString();
        if (!Files.isRegularFile(file)) {
            throw new DataException(name, "expected a file, found none");
        }
        try {
            long size = Files.size(file);
            if (size > LARGEST) {
                throw new DataException(
                        name, "expected at most %d bytes, found %d".formatted(LARGEST, size));
            }
            return Files.readString(file);
        } catch (CharacterCodingException e) {
            // Not the cause: it is an IOException, but the data are at fault, not the disk.
            throw new DataException(name, "expected UTF-8, found other bytes");
        } catch (IOException e) {
            throw new DataException(name, "cannot be read: " + e, e);
        }
    }
}
