package io.sparsemesh.gateway.openapi;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.gateway.RawHttp;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;

/// Makes requests to an operation, most of them wrong in some places only.
final class Fuzzer {

    /// In a path that is no URI.
    static final String NO_URI = "%zz";

    /// What a path does not know, or knows without being in the document.
    private static final List<String> METHODS =
            List.of("HEAD", "OPTIONS", "PUT", "PATCH", "TRACE", "get", "NOTHING");

    /// Bytes that are no UTF-8: overlong, cut, lone surrogates.
    private static final List<String> NO_UTF8 = List.of("%ff%fe", "%c0%80", "%e2%82", "%ed%a0%80");

    private static final String UNRESERVED =
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    private static final List<String> TYPES =
            List.of("text/plain", "application/xml", "*/*", "", "application/json; charset=utf-16");
    private static final List<String> ACCEPTED = List.of("text/event-stream", "text/html", "x", "");

    private final Junk junk;
    private final SchemaValues values;
    private final List<String> ids;
    private final Supplier<String> good;

    /// @param ids of jobs that are there
    /// @param good makes bodies of submissions that are accepted, each with an output of its own
    Fuzzer(long seed, List<String> ids, Supplier<String> good) {
        this.junk = new Junk(new Random(seed));
        this.values = new SchemaValues(junk);
        this.ids = ids;
        this.good = good;
    }

    RawHttp.Request request(ApiOperation operation) {
        List<String> headers = new ArrayList<>();
        StringBuilder query = new StringBuilder();
        String path = operation.path();
        for (ApiOperation.Parameter parameter : operation.parameters()) {
            String name = parameter.name();
            switch (parameter.in()) {
                case "path" -> path = path.replace("{" + name + "}", segment(name));
                case "query" -> query(query, name);
                default -> header(headers, name);
            }
        }
        if (junk.chance(0.1)) {
            query(query, cut(junk.text(), junk.chance(0.2) ? 9000 : 500));
        }
        if (junk.chance(0.08)) {
            headers.add("Accept: " + junk.oneOf(ACCEPTED));
        }
        byte[] body = body(operation.body());
        contentType(headers, body);
        String target = query.isEmpty() ? path : path + "?" + query.substring(1);
        String method = junk.chance(0.05) ? junk.oneOf(METHODS) : operation.method();
        return new RawHttp.Request(method, target, headers, body);
    }

    private void contentType(List<String> headers, byte[] body) {
        if (body.length > 0) {
            String type = junk.chance(0.85) ? "application/json" : junk.oneOf(TYPES);
            headers.add("Content-Type: " + type);
        }
    }

    private String segment(String name) {
        if (junk.chance(0.5)) {
            return name.equals("name") ? "config.json" : junk.oneOf(ids);
        }
        return switch (junk.random().nextInt(20)) {
            case 0 -> NO_URI;
            case 1 -> junk.oneOf(NO_UTF8);
            default -> segmentOf(cut(junk.text(), 4000));
        };
    }

    /// An empty one and `..` would make another operation's path.
    private static String segmentOf(String text) {
        return text.isEmpty() || text.equals("..") ? "~" : encoded(text);
    }

    private void query(StringBuilder query, String name) {
        if (junk.chance(0.3)) {
            String value = name.equals("pageToken") ? junk.token() : cut(junk.text(), 500);
            String sent = junk.chance(0.05) ? junk.oneOf(NO_UTF8) : encoded(value);
            query.append('&').append(encoded(name)).append('=').append(sent);
        }
    }

    /// What HTTP allows in a header: no controls, and not much.
    private void header(List<String> headers, String name) {
        if (junk.chance(0.3)) {
            headers.add(name + ": " + cut(junk.text().replaceAll("\\p{Cntrl}", ""), 1000));
        }
    }

    /// At most so many characters, none of them half.
    private static String cut(String text, int length) {
        if (text.length() <= length) {
            return text;
        }
        boolean half = Character.isHighSurrogate(text.charAt(length - 1));
        return text.substring(0, half ? length - 1 : length);
    }

    private static String encoded(String text) {
        StringBuilder encoded = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            if (UNRESERVED.indexOf(b) >= 0) {
                encoded.append((char) b);
            } else {
                encoded.append("%%%02x".formatted(b));
            }
        }
        return encoded.toString();
    }

    private byte[] body(Optional<DocumentSchema> schema) {
        if (schema.isEmpty()) {
            return junk.chance(0.1) ? new byte[] {'{'} : new byte[0];
        }
        byte[] whole = bytes(tree(schema.get()));
        return switch (junk.random().nextInt(10)) {
            case 0 -> broken(whole);
            case 1 -> bytes(junk.json());
            case 2 -> noise(junk.random().nextInt(100));
            case 3 -> junk.chance(0.2) ? large() : whole;
            default -> whole;
        };
    }

    /// Half of the time a good body with some fields replaced.
    private JsonNode tree(DocumentSchema schema) {
        JsonNode made = values.value(schema);
        if (junk.chance(0.5) || !made.isObject()) {
            return made;
        }
        ObjectNode tree = good();
        JsonNode part = tree.get(junk.oneOf(names(tree)));
        if (part.isObject() && junk.chance(0.7)) {
            ((ObjectNode) part).set(junk.oneOf(names(part)), junk.json());
        }
        return junk.chance(0.3) ? tree.setAll((ObjectNode) made) : tree;
    }

    private ObjectNode good() {
        try {
            return (ObjectNode) StoredDocument.JSON.readTree(good.get());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> names(JsonNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    private byte[] broken(byte[] whole) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int cut = junk.random().nextInt(whole.length);
        out.write(whole, 0, cut);
        out.writeBytes(noise(junk.random().nextInt(4)));
        if (junk.chance(0.5)) {
            out.write(whole, cut, whole.length - cut);
        }
        return out.toByteArray();
    }

    /// Deeper, longer or larger than what is read.
    private byte[] large() {
        String text =
                junk.oneOf(
                        List.of(
                                "[".repeat(5000),
                                "{\"a\":".repeat(1001) + "1" + "}".repeat(1001),
                                "9".repeat(2000),
                                "{\"labels\": {\"a\": \"" + "a".repeat(1 << 20) + "\"}}"));
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private byte[] noise(int length) {
        byte[] noise = new byte[length];
        junk.random().nextBytes(noise);
        return noise;
    }

    private static byte[] bytes(JsonNode node) {
        return node.toString().getBytes(StandardCharsets.UTF_8);
    }
}
