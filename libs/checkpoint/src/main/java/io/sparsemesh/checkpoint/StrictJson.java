package io.sparsemesh.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// JSON from outside: UTF-8 only, bounded size and depth, no duplicate keys, one value per
/// file.
final class StrictJson {

    private static final JsonFactory HEADERS = factory(Limits.HEADER_DEPTH);
    private static final JsonMapper TREES =
            JsonMapper.builder(factory(Limits.CONFIG_DEPTH))
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build();

    private StrictJson() {}

    private static JsonFactory factory(int depth) {
        return JsonFactory.builder()
                .streamReadConstraints(
                        StreamReadConstraints.builder().maxNestingDepth(depth).build())
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                .build();
    }

    /// Reads one object, field by field, at most [Limits#HEADER_DEPTH] deep.
    @FunctionalInterface
    interface ObjectReader {
        /// Called with the parser on the object's opening brace; leaves it on the closing one.
        void read(JsonParser parser) throws IOException;
    }

    /// Parses `utf8`, which holds one object and nothing else.
    ///
    /// @param what the name of the text in messages, such as `header`
    /// @throws CheckpointException when it is not such an object, or `reader` refuses it
    static void readObject(String file, String what, byte[] utf8, ObjectReader reader) {
        try (JsonParser parser = HEADERS.createParser(decoded(utf8))) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new CheckpointException(file, "", what + ": expected a JSON object");
            }
            reader.read(parser);
            if (parser.nextToken() != null) {
                throw new CheckpointException(
                        file, "", what + ": expected the end after the JSON object");
            }
        } catch (IOException e) {
            throw invalid(file, what, e);
        }
    }

    /// Parses a small file into a tree.
    ///
    /// @throws CheckpointException when it is too large or not an object
    static JsonNode readTree(Path path) {
        String file = path.getFileName().toString();
        byte[] utf8 = readFile(path, Limits.CONFIG_BYTES);
        try (InputStreamReader reader = decoded(utf8)) {
            JsonNode tree = TREES.readTree(reader);
            if (!tree.isObject()) {
                throw new CheckpointException(file, "", "expected a JSON object");
            }
            return tree;
        } catch (IOException e) {
            throw invalid(file, "content", e);
        }
    }

    /// All bytes of a file that has at most `limit`.
    static byte[] readFile(Path path, int limit) {
        String file = path.getFileName().toString();
        try (InputStream in = Files.newInputStream(path)) {
            byte[] bytes = in.readNBytes(limit);
            if (bytes.length == limit && in.read() >= 0) {
                throw new CheckpointException(
                        file,
                        "",
                        "expected at most %d bytes, found %d".formatted(limit, Files.size(path)));
            }
            return bytes;
        } catch (IOException e) {
            throw new CheckpointException(file, "", "cannot be read: " + e, e);
        }
    }

    /// A reader of our own, because the parser would guess other encodings than UTF-8.
    private static InputStreamReader decoded(byte[] utf8) {
        return new InputStreamReader(
                new ByteArrayInputStream(utf8), StandardCharsets.UTF_8.newDecoder());
    }

    private static CheckpointException invalid(String file, String what, IOException e) {
        String detail =
                switch (e) {
                    case JsonProcessingException json -> located(json);
                    case CharacterCodingException _ -> "not UTF-8";
                    default -> e.toString();
                };
        return new CheckpointException(file, "", what + " is not valid JSON: " + detail, e);
    }

    private static String located(JsonProcessingException e) {
        String detail = CheckpointException.printable(e.getOriginalMessage());
        return e.getLocation() == null
                ? detail
                : "%s (character %d)".formatted(detail, e.getLocation().getCharOffset());
    }
}
