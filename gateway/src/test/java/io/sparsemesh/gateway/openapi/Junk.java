package io.sparsemesh.gateway.openapi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Random;

/// Values that nobody meant.
record Junk(Random random) {

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private static final List<String> TEXTS =
            List.of(
                    "",
                    " ",
                    "\0",
                    "a\0b",
                    "..",
                    "../../../../etc/passwd",
                    "..\\..\\windows",
                    "%00",
                    "%2e%2e%2f",
                    "\uD83E\uDD86",
                    "\u202Eevil",
                    "\uFEFF",
                    "\uFFFF",
                    "\u0130\u00DF\uFB03",
                    "a\u0301".repeat(40),
                    "-1",
                    "0",
                    "1",
                    "2147483648",
                    "9223372036854775807",
                    "999999999999999999999999",
                    "1e400",
                    "NaN",
                    "null",
                    "true",
                    "' or 1=1; --",
                    "${jndi:ldap://127.0.0.1/x}",
                    "<script>alert(1)</script>",
                    "a,b,,c",
                    "*",
                    "W/\"1\"",
                    "\"",
                    "W/\"",
                    "bytes=0-",
                    "bytes=-1",
                    "bytes=9-1",
                    "bytes=0-0,2-3",
                    "bytes=99999999999999999-",
                    "bytes=abc",
                    "0s",
                    "1ms",
                    "-5s",
                    "P1D",
                    "file:///etc/passwd",
                    "file:///",
                    "file:relative",
                    "file://host/x",
                    "hf://",
                    "hf://a/b@../../c",
                    "s3://bucket/%00",
                    "http://169.254.169.254/",
                    "re:(",
                    "re:(a+)+$",
                    "re:" + "(".repeat(2000),
                    "2:0",
                    "65:64",
                    "sparsegpt",
                    "2026-01-01T00:00:00Z");

    private static final List<String> TOKENS =
            List.of(
                    "",
                    "|",
                    "-5",
                    "2147483647",
                    "99999999999",
                    "2026-01-01T00:00:00Z|x",
                    "2026-01-01T00:00:00Z|\0",
                    "+1000000000-12-31T23:59:59Z|a",
                    "-1000000000-01-01T00:00:00Z|a",
                    "+300000-01-01T00:00:00Z|a",
                    "0000-01-01T00:00:00Z|a",
                    "9999-12-31T23:59:59.999999999Z|a",
                    "2026-01-01T00:00:00+18:00|a");

    <T> T oneOf(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }

    boolean chance(double share) {
        return random.nextDouble() < share;
    }

    String text() {
        return switch (random.nextInt(8)) {
            case 0 -> oneOf(TEXTS).repeat(1 + random.nextInt(20));
            case 1 -> "a".repeat(random.nextInt(9000));
            case 2 -> characters(1 + random.nextInt(30));
            case 3 -> token();
            default -> oneOf(TEXTS);
        };
    }

    private String characters(int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            int c = random.nextInt(Character.MAX_CODE_POINT + 1);
            text.appendCodePoint(c >= 0xD800 && c < 0xE000 ? c - 0x800 : c);
        }
        return text.toString();
    }

    /// What stands in a page token, with anything in it.
    String token() {
        byte[] text = oneOf(TOKENS).getBytes(StandardCharsets.UTF_8);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text);
    }

    JsonNode json() {
        return switch (random.nextInt(12)) {
            case 0 -> JSON.nullNode();
            case 1 -> JSON.booleanNode(random.nextBoolean());
            case 2 -> JSON.numberNode(random.nextInt());
            case 3 -> JSON.numberNode(oneOf(List.of(0.5, -0.0, 1e308, Double.MIN_VALUE, 3.0)));
            case 4 -> JSON.numberNode(BigInteger.TEN.pow(random.nextInt(400)).negate());
            case 5 -> JSON.numberNode(new BigDecimal("1e" + random.nextInt(9999)));
            case 6 -> nested(random.nextInt(60));
            case 7 -> JSON.objectNode().set(text(), JSON.textNode(text()));
            case 8 -> many(random.nextInt(400));
            default -> JSON.textNode(text());
        };
    }

    private static JsonNode nested(int depth) {
        JsonNode node = JSON.arrayNode();
        for (int i = 0; i < depth; i++) {
            node = i % 2 == 0 ? JSON.arrayNode().add(node) : JSON.objectNode().set("a", node);
        }
        return node;
    }

    private JsonNode many(int count) {
        ArrayNode array = JSON.arrayNode();
        ObjectNode object = JSON.objectNode();
        for (int i = 0; i < count; i++) {
            array.add(oneOf(TEXTS));
            object.put("k" + i, i);
        }
        return random.nextBoolean() ? array : object;
    }
}
