package io.sparsemesh.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// Edits of `config.json` that leave every other byte as it is.
final class ConfigText {

    private static final JsonFactory JSON = new JsonFactory();

    private ConfigText() {}

    /// Puts a field first.
    ///
    /// @param config an object in UTF-8 with at least one field
    /// @param value JSON
    static byte[] withField(byte[] config, String field, String value) {
        int open = 0;
        while (config[open] != '{') {
            open++;
        }
        String text = "\"%s\": %s,".formatted(field, value);
        return spliced(config, open + 1, open + 1, text.getBytes(StandardCharsets.UTF_8));
    }

    /// Takes a field out, with its comma.
    static byte[] withoutField(byte[] config, String field) {
        try (JsonParser parser = JSON.createParser(config)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                boolean found = parser.currentName().equals(field);
                int from = (int) parser.currentTokenLocation().getByteOffset();
                parser.nextToken();
                parser.skipChildren();
                if (found) {
                    parser.finishToken();
                    int to = (int) parser.currentLocation().getByteOffset();
                    return withoutRange(config, from, to);
                }
            }
            return config;
        } catch (IOException e) {
            throw new CheckpointException(ModelFolder.CONFIG, "", "cannot be read: " + e, e);
        }
    }

    private static byte[] withoutRange(byte[] config, int from, int to) {
        int after = to;
        while (Character.isWhitespace(config[after])) {
            after++;
        }
        if (config[after] == ',') {
            return spliced(config, from, after + 1, new byte[0]);
        }
        int before = from - 1;
        while (Character.isWhitespace(config[before])) {
            before--;
        }
        return spliced(config, config[before] == ',' ? before : from, to, new byte[0]);
    }

    private static byte[] spliced(byte[] text, int from, int to, byte[] middle) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(text, 0, from);
        out.writeBytes(middle);
        out.write(text, to, text.length - to);
        return out.toByteArray();
    }
}
