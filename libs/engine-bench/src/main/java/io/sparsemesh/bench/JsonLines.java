package io.sparsemesh.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;

/// Results as lines of JSON.
final class JsonLines {

    static final ObjectMapper JSON = new ObjectMapper();

    private JsonLines() {}

    static void print(PrintWriter out, JsonNode line) {
        try {
            out.println(JSON.writeValueAsString(line));
            out.flush();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
