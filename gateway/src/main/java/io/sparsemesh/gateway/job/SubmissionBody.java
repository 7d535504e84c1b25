package io.sparsemesh.gateway.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sparsemesh.gateway.problem.Code;
import io.sparsemesh.gateway.problem.ProblemException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.regex.Pattern;

/// Reads a body within limits.
public final class SubmissionBody {

    /// Jackson says where the object began, and that it does not say what it began with.
    private static final Pattern START_MARKER = Pattern.compile(" \\(start marker at .*\\)$");

    static final int MAX_BYTES = 1 << 20;

    private static final ObjectMapper STRICT =
            JsonMapper.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build();

    private SubmissionBody() {}

    /// @throws ProblemException if it is longer than [#MAX_BYTES]
    public static byte[] read(InputStream in) {
        try {
            byte[] body = in.readNBytes(MAX_BYTES + 1);
            if (body.length > MAX_BYTES) {
                throwAway(in);
                throw new ProblemException(
                        413,
                        Code.REQUEST_TOO_LARGE,
                        "expected a body of at most %d bytes, found more".formatted(MAX_BYTES));
            }
            return body;
        } catch (IOException e) {
            throw new ProblemException(
                    400, Code.INVALID_REQUEST, "the body cannot be read: " + e.getMessage());
        }
    }

    /// Reads what is left, for a client that looks for no answer before it has sent all. The HTTP
    /// layer counts what is read, and ends the connection where that is too much.
    private static void throwAway(InputStream in) {
        try {
            in.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            // Nobody is left to be told.
        }
    }

    /// @throws ProblemException if it is no JSON, or has a field twice
    public static JsonNode parse(byte[] body) {
        try {
            JsonNode node = STRICT.readTree(body);
            if (node == null || node.isMissingNode()) {
                throw malformed("expected a JSON object, found an empty body");
            }
            return node;
        } catch (JsonProcessingException e) {
            String place =
                    e.getLocation() == null
                            ? ""
                            : "line %d, column %d: "
                                    .formatted(
                                            e.getLocation().getLineNr(),
                                            e.getLocation().getColumnNr());
            String message = START_MARKER.matcher(e.getOriginalMessage()).replaceFirst("");
            throw malformed(place + message);
        } catch (IOException e) {
            throw malformed("the body is not UTF-8: " + e.getMessage());
        }
    }

    private static ProblemException malformed(String detail) {
        return new ProblemException(400, Code.MALFORMED_JSON, detail);
    }
}
