package io.sparsemesh.artifacts;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.sparsemesh.embedded.FreePorts;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BucketCheckTest {

    private static Map<String, String> environment(URI endpoint, String store) {
        Map<String, String> environment = new HashMap<>(S3Fixture.server().environment());
        environment.put("AWS_ENDPOINT_URL_S3", endpoint.toString());
        environment.put("SPARSEMESH_STORE", store);
        return environment;
    }

    private static BucketCheck.Finding examine(String store) {
        return BucketCheck.examine(environment(S3Fixture.server().endpoint(), store));
    }

    @Test
    void aBucketThatWorksIsLeftAsItWas() throws IOException {
        S3Location location = S3Fixture.location();

        BucketCheck.Finding finding = examine(location.toString());

        assertThat(finding.works()).as(finding.found()).isTrue();
        assertThat(finding.found())
                .isEqualTo(
                        location
                                + ": listed, written, read, deleted; conditions of PutObject are"
                                + " heeded");
        try (S3Bucket bucket = S3Fixture.bucket(S3Fixture.server().endpoint(), location)) {
            assertThat(bucket.list("")).isEmpty();
            assertThat(bucket.unfinished(java.time.Duration.ofDays(-1))).isEmpty();
        }
    }

    @Test
    void aBucketThatIsNotThereIsNamed() {
        BucketCheck.Finding finding = examine("s3://nowhere/mesh");

        assertThat(finding.works()).isFalse();
        assertThat(finding.found())
                .startsWith("[SPARSEMESH_STORE=s3://nowhere/mesh]: expected a bucket that may be")
                .contains("found ListObjectsV2 of s3://nowhere/mesh: status 404 NoSuchBucket");
        assertThat(finding.advice()).isEqualTo("make the bucket, or correct SPARSEMESH_STORE");
    }

    @Test
    void aServerThatDoesNotAnswerIsAFaultOfItsAddress() {
        URI nobody = URI.create("http://127.0.0.1:" + FreePorts.next());

        BucketCheck.Finding finding =
                BucketCheck.examine(environment(nobody, "s3://artifacts/mesh"));

        assertThat(finding.works()).isFalse();
        assertThat(finding.found()).contains("no answer");
        assertThat(finding.advice()).contains("AWS_ENDPOINT_URL_S3");
    }

    @Test
    void aServerThatIgnoresConditionsIsRefused() throws IOException {
        try (var server = new Yes()) {
            BucketCheck.Finding finding =
                    BucketCheck.examine(environment(server.endpoint(), "s3://artifacts/mesh"));

            assertThat(finding.works()).isFalse();
            assertThat(finding.found())
                    .endsWith(
                            "expected status 412 to a PutObject whose If-None-Match does not hold,"
                                    + " found a write");
            assertThat(server.deleted).isTrue();
        }
    }

    @Test
    void aMalformedPlaceIsRefusedBeforeAnybodyIsAsked() {
        assertThat(examine("s3://Mesh").found())
                .isEqualTo(
                        "[SPARSEMESH_STORE=s3://Mesh]: expected s3://bucket or s3://bucket/prefix,"
                                + " found 's3://Mesh'");
    }

    @Test
    void theAnswerIsOneLine() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        String store = S3Fixture.location().toString();

        BucketCheck.run(
                environment(S3Fixture.server().endpoint(), store),
                new PrintStream(out, true, StandardCharsets.UTF_8));

        assertThat(out.toString(StandardCharsets.UTF_8))
                .startsWith("store\tok\t" + store)
                .endsWith("\t" + System.lineSeparator());
    }

    /// Says yes to everything, and has whatever is asked for.
    private static final class Yes implements AutoCloseable {

        private final HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        private volatile boolean deleted;

        Yes() throws IOException {
            server.createContext(
                    "/",
                    exchange -> {
                        exchange.getRequestBody().readAllBytes();
                        String query = String.valueOf(exchange.getRequestURI().getQuery());
                        deleted |= query.startsWith("delete");
                        byte[] answer = answer(exchange.getRequestMethod(), query);
                        exchange.getResponseHeaders().add("ETag", "\"1\"");
                        exchange.sendResponseHeaders(200, answer.length == 0 ? -1 : answer.length);
                        exchange.getResponseBody().write(answer);
                        exchange.close();
                    });
            server.start();
        }

        private static byte[] answer(String method, String query) {
            String text =
                    switch (method) {
                        case "PUT" -> "";
                        case "POST" -> "<DeleteResult/>";
                        default ->
                                query.contains("list-type")
                                        ? "<ListBucketResult/>"
                                        : query.startsWith("uploads")
                                                ? "<ListMultipartUploadsResult/>"
                                                : "doctor";
                    };
            return text.getBytes(StandardCharsets.UTF_8);
        }

        URI endpoint() {
            return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
        }

        @Override
        public void close() {
            server.stop(0);
        }
    }
}
