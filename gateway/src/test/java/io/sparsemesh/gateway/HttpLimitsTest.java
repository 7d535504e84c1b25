package io.sparsemesh.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
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
