package io.sparsemesh.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sparsemesh.gateway.RawHttp.Request;
import io.sparsemesh.gateway.openapi.ApiWalk;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// Walks through answers of every kind. What is no HTTP at all (`HttpLimitsTest`) is refused by the
/// layer below without any header.
@QuarkusTest
@WithTestResource(GatewayServers.class)
class SecurityHeadersTest {

    @TestHTTPResource URI server;

    private final Set<Integer> seen = new TreeSet<>();

    private void requireStrict(Request request) throws IOException {
        RawHttp.Answer answer = new RawHttp(server).send(request);
        seen.add(answer.status());
        Map<String, String> headers = answer.headers();
        String as = request.method() + " " + request.target() + " " + answer.status();
        assertThat(headers.get("content-security-policy"))
                .as(as)
                .startsWith("default-src 'none'")
                .contains("base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'")
                .doesNotContain("unsafe", "*");
        assertThat(headers)
                .as(as)
                .containsEntry("x-content-type-options", "nosniff")
                .containsEntry("referrer-policy", "no-referrer")
                .containsEntry("cross-origin-resource-policy", "same-origin")
                .containsKey("cache-control")
                .doesNotContainKeys("server", "x-powered-by", "access-control-allow-origin");
    }

    private static Request call(String method, String path, String body) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        return new Request(method, path, List.of("Content-Type: application/json"), bytes);
    }

    @Test
    void everyAnswerIsStrict() throws IOException {
        String id = FinishedJob.succeeded();
        String file = "/v1/jobs/" + id + "/artifacts/config.json";
        for (ApiWalk.Call call : ApiWalk.calls()) {
            requireStrict(call(call.method(), call.path("none"), "{}"));
            if (call.method().equals("GET")) {
                requireStrict(Request.get(call.path(id)));
            }
        }
        for (String path : List.of("/", "/index.html", "/ui/main.js", "/ui/none.js", "/nothing")) {
            requireStrict(Request.get(path));
        }
        requireStrict(Request.get("/webjars/uplot/dist/uPlot.esm.js"));
        requireStrict(call("POST", "/v1/jobs", Api.request()));
        requireStrict(call("POST", "/v1/jobs", "{"));
        requireStrict(call("PATCH", "/v1/jobs", ""));
        requireStrict(call("OPTIONS", "/v1/jobs", ""));
        requireStrict(call("HEAD", file, ""));
        requireStrict(Request.get(file, "Range: bytes=0-0"));
        requireStrict(Request.get(file, "Range: bytes=7-9"));
        requireStrict(Request.get(file, "If-None-Match: *"));
        requireStrict(Request.get("/v1/jobs", "Accept: application/xml"));
        requireStrict(Request.get("/v1/jobs", "Content-Type: none"));
        requireStrict(Request.get("/v1/events", "Accept: text/event-stream"));
        requireStrict(Request.get("/v1/jobs?model=" + "a".repeat(9000)));

        assertThat(seen).contains(200, 202, 206, 304, 400, 404, 405, 406, 414, 415, 416, 422);
    }
}
