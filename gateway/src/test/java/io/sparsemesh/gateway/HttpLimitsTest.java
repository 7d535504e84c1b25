package io.sparsemesh.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What is refused by its size or form before anybody reads it.
@QuarkusTest
@WithTestResource(GatewayServers.class)
class HttpLimitsTest {

    private static final int LONGEST_ADDRESS = 8 << 10;

    @TestHTTPResource URI server;

    private RawHttp.Answer get(String target, String... headers) throws IOException {
        return new RawHttp(server).send(RawHttp.Request.get(target, headers));
    }

    private static String ofLength(int length) {
        String start = "/v1/jobs?model=";
        return start + "a".repeat(length - start.length());
    }

    @Test
    void longestAddressIsRead() throws IOException {
        assertThat(get(ofLength(LONGEST_ADDRESS)).status()).isEqualTo(200);
    }

    @Test
    void twentyKibibytesOfHeadersAreRead() throws IOException {
        assertThat(get("/v1/jobs", "X-Long: " + "a".repeat(20_000)).status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(ints = {LONGEST_ADDRESS + 1, 16_000})
    void longerAddressIsAProblem(int length) throws IOException {
        RawHttp.Answer answer = get(ofLength(length));

        assertThat(answer.status()).isEqualTo(414);
        assertThat(answer.contentType()).isEqualTo("application/problem+json");
        assertThat(new String(answer.body(), StandardCharsets.UTF_8))
                .contains("\"status\":414", "request-too-large", "at most 8192", "found " + length);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/jobs", "/v1/jobs/x", "/v1/jobs/x/events", "/v1/events"})
    void contentTypeThatIsNoneIsAProblem(String path) throws IOException {
        for (String type : new String[] {"", "json", "application/"}) {
            RawHttp.Answer answer = get(path, "Content-Type: " + type);

            assertThat(answer.status()).as("'%s'", type).isEqualTo(415);
            assertThat(answer.contentType()).isEqualTo("application/problem+json");
            assertThat(new String(answer.body(), StandardCharsets.UTF_8))
                    .contains("unsupported-media-type", "found '" + type + "'");
        }
    }

    /// A body in chunks says nowhere how long it is.
    private static byte[] chunk(int length) {
        String head = Integer.toHexString(length) + "\r\n";
        return (head + " ".repeat(length) + "\r\n").getBytes(StandardCharsets.US_ASCII);
    }

    @ParameterizedTest
    @CsvSource({"1048576, 400, malformed-json", "1048577, 413, request-too-large"})
    void bodyInChunksIsReadToTheSameLimit(int length, int status, String code) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.write(chunk(1000));
        body.write(chunk(length - 1000));
        body.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        List<String> headers = List.of("Content-Type: application/json", RawHttp.CHUNKED);

        RawHttp.Answer answer =
                new RawHttp(server)
                        .send(new RawHttp.Request("POST", "/v1/jobs", headers, body.toByteArray()));

        assertThat(answer.status()).isEqualTo(status);
        assertThat(new String(answer.body(), StandardCharsets.UTF_8)).contains(code);
    }

    /// The connection ends well before 64 MiB, for whoever goes on sending.
    @Test
    void bodyInChunksWithoutEndIsCutOff() throws IOException {
        String head =
                "POST /v1/jobs HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n%s\r\n\r\n"
                        .formatted(server.getAuthority(), RawHttp.CHUNKED);
        int sent = 0;
        try (Socket socket = new Socket(server.getHost(), server.getPort())) {
            socket.setSoTimeout(15_000);
            OutputStream out = socket.getOutputStream();
            out.write(head.getBytes(StandardCharsets.US_ASCII));
            byte[] mebibyte = chunk(1 << 20);
            while (sent < 64) {
                out.write(mebibyte);
                sent++;
            }
        } catch (SocketException e) {
            assertThat(e).hasMessageMatching(".*(reset|Broken pipe|closed).*");
        }
        assertThat(sent).isBetween(1, 40);
    }

    @Test
    void whatIsNoHttpIsRefusedWithoutABody() throws IOException {
        RawHttp.Answer line = get(ofLength(17_000));
        RawHttp.Answer headers = get("/v1/jobs", "X-Long: " + "a".repeat(21_000));
        RawHttp.Answer escape = get("/v1/jobs/%zz");

        assertThat(line.status()).isEqualTo(414);
        assertThat(headers.status()).isEqualTo(431);
        assertThat(escape.status()).isEqualTo(400);
        assertThat(line.body()).isEmpty();
        assertThat(headers.body()).isEmpty();
        assertThat(escape.body()).isEmpty();
    }
}
