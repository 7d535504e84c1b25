package io.sparsemesh.gateway.job;

import io.sparsemesh.gateway.problem.ProblemException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.OptionalInt;

/// Where a page ended: the next one begins after it, whatever was added meanwhile.
///
/// @param createdAt of the last job on the page
/// @param id of the last job on the page
record PageToken(Instant createdAt, String id) {

    private static final int MAX_PAGE = 1000;
    private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");
    private static final Instant END = Instant.parse("9999-12-31T00:00:00Z");

    static PageToken parse(String token) {
        try {
            String[] parts = decode(token).split("\\|", -1);
            if (parts.length == 2 && parts[1].indexOf('\0') < 0) {
                return new PageToken(known(Instant.parse(parts[0])), parts[1]);
            }
        } catch (DateTimeException | IllegalArgumentException e) {
            throw invalid();
        }
        throw invalid();
    }

    /// The database reads years of four digits, of which 0000 is none.
    private static Instant known(Instant createdAt) {
        if (createdAt.isBefore(EARLIEST) || !createdAt.isBefore(END)) {
            throw invalid();
        }
        return createdAt;
    }

    String encoded() {
        return encode(createdAt + "|" + id);
    }

    static String encode(String text) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /// Position that [#encode] made a token of.
    static int position(String token) {
        try {
            return Integer.parseInt(decode(token));
        } catch (IllegalArgumentException e) {
            throw invalid();
        }
    }

    private static String decode(String token) {
        return new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
    }

    private static ProblemException invalid() {
        return ProblemException.parameter(
                "pageToken", "expected the nextPageToken of an earlier answer");
    }

    /// Reads `pageSize`.
    static int size(String value, int otherwise) {
        if (value == null) {
            return otherwise;
        }
        OptionalInt size = number(value);
        if (size.isEmpty() || size.getAsInt() < 1 || size.getAsInt() > MAX_PAGE) {
            throw ProblemException.parameter(
                    "pageSize",
                    "expected a number from 1 to %d, found '%s'".formatted(MAX_PAGE, value));
        }
        return size.getAsInt();
    }

    private static OptionalInt number(String value) {
        return value.matches("[0-9]{1,6}")
                ? OptionalInt.of(Integer.parseInt(value))
                : OptionalInt.empty();
    }
}
