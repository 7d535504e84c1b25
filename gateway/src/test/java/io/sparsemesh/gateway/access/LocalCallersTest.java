package io.sparsemesh.gateway.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sparsemesh.gateway.Api;
import io.sparsemesh.gateway.GatewayServers;
import io.sparsemesh.gateway.RawHttp;
import io.sparsemesh.gateway.RawHttp.Request;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Other sites' pages in the user's browser, and a gateway without authentication.
@QuarkusTest
@WithTestResource(GatewayServers.class)
class LocalCallersTest {

    @TestHTTPResource URI server;

    private RawHttp.Answer send(Request request) throws IOException {
        return new RawHttp(server).send(request);
    }

    private void requireRefused(Request request, String header) throws IOException {
        RawHttp.Answer answer = send(request);
        assertThat(answer.status()).as(request.toString()).isEqualTo(403);
        assertThat(answer.contentType()).startsWith("application/problem+json");
        assertThat(new String(answer.body(), StandardCharsets.UTF_8))
                .contains("\"code\":\"forbidden\"", header + ": expected localhost");
    }

    /// A name that is made to mean 127.0.0.1 once the page has been loaded.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "evil.example:8080",
                "127.0.0.1.evil.example",
                "localhost.evil.example",
                "0.0.0.0",
                "10.0.0.1",
                "[::ffff:10.0.0.1]:80"
            })
    void anotherSitesNameGetsNothing(String host) throws IOException {
        for (String path : List.of("/v1/jobs", "/v1/events", "/", "/nothing")) {
            requireRefused(Request.get(path, "Host: " + host), "Host");
        }
        byte[] body = Api.request().getBytes(StandardCharsets.UTF_8);
        List<String> headers = List.of("Host: " + host, "Content-Type: application/json");
        requireRefused(new Request("POST", "/v1/jobs?validateOnly=true", headers, body), "Host");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"null", "https://evil.example", "http://localhost.evil.example", "a b", ""})
    void anotherSitesPageGetsNothing(String origin) throws IOException {
        requireRefused(
                new Request(
                        "POST", "/v1/jobs/none:cancel", List.of("Origin: " + origin), new byte[0]),
                "Origin");
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "LOCALHOST:81", "127.0.0.1", "127.8.9.1:80", "[::1]:80"})
    void thisMachineIsServedByAnyOfItsNames(String host) throws IOException {
        Request request = Request.get("/v1/jobs", "Host: " + host, "Origin: http://" + host);

        assertThat(send(request).status()).isEqualTo(200);
    }
}
