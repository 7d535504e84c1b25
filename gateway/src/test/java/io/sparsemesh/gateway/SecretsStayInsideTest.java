package io.sparsemesh.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.embedded.LocalInfra;
import io.sparsemesh.sources.SourceSettings;
import java.io.IOException;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// No secret of the gateway, nor any that a caller sends, comes out of it: not in an answer, the
/// log, the metrics, the API's document or a message. The one exception is a new key, told once.
@QuarkusTest
@WithTestResource(SecretServers.class)
class SecretsStayInsideTest {

    private static final Pattern SECRET = Pattern.compile("(?i).*(secret|password|token|^key).*");

    /// Where a page of a list begins, and which request of a client's was the same.
    private static final List<String> NO_SECRETS =
            List.of("PageToken", "pageToken", "IdempotencyRow$Key.key", "IdempotencyKey.key");

    @TestHTTPResource(value = "/", management = true)
    URI management;

    private final Map<String, String> marks = new LinkedHashMap<>();
    private final List<String> told = new ArrayList<>();

    private Response noted(Response answer) {
        told.add(answer.statusLine() + "\n" + answer.headers() + "\n" + answer.asString());
        return answer;
    }

    private void get(String token, String path, int status) {
        assertThat(noted(Keys.with(token).get(path)).statusCode()).as(path).isEqualTo(status);
    }

    @Test
    void noSecretIsToldOrLogged() throws IOException {
        String key = Keys.of(SecretServers.ROOT_KEY, "secrets", "\"read\", \"write\", \"admin\"");
        String token = FakeProvider.sign(FakeProvider.claims());
        String expired = FakeProvider.sign(FakeProvider.claims().expiresAt(1));
        mark(key, token, expired);

        askAsEverybody(key, token, expired);
        fetchModels(key);
        tellWebhooks(key);
        for (String path : List.of("q/metrics", "q/openapi", "q/health")) {
            told.add(given().get(management.resolve("/" + path)).asString());
        }
        Mesh.records(Topics.REQUESTS)
                .forEach(r -> told.add(new String(r.value(), StandardCharsets.UTF_8)));

        String log = Files.readString(SecretServers.log());
        assertThat(log).contains("DEBUG", "started in");
        marks.forEach(
                (name, mark) -> {
                    assertThat(log).as("log, %s", name).doesNotContain(mark);
                    assertThat(told).as(name).noneMatch(text -> text.contains(mark));
                });
    }

    private void mark(String key, String token, String expired) {
        marks.put("root key", SecretServers.ROOT_KEY);
        marks.put("Hub's token", SecretServers.HUB_TOKEN);
        marks.put("AWS secret", SecretServers.AWS_SECRET);
        marks.put("webhook secret", SecretServers.WEBHOOK_SECRET);
        marks.put("webhook secret decoded", "marked-webhook-secret");
        marks.put("database's password", LocalInfra.shared().password());
        marks.put("API key", key.split("_", 3)[2]);
        marks.put("token", token.substring(token.lastIndexOf('.')));
        marks.put("expired token", expired.substring(expired.lastIndexOf('.')));
        marks.put("guess", "markedGuess0123456789");
    }

    private void askAsEverybody(String key, String token, String expired) {
        String guess = marks.get("guess");
        get(SecretServers.ROOT_KEY, "/v1/keys", 200);
        get(key, "/v1/keys", 200);
        get(key, "/v1/jobs", 200);
        get(token, "/v1/jobs", 200);
        get(expired, "/v1/jobs", 401);
        get(guess, "/v1/jobs", 401);
        get("smk_0123456789abcdef_" + guess, "/v1/jobs", 401);
        get(SecretServers.ROOT_KEY + "x", "/v1/jobs", 401);
        get(SecretServers.ROOT_KEY, "/v1/jobs", 403);
        String basic = "Basic " + guess;
        noted(given().header("Authorization", basic).get("/v1/jobs"));
        noted(Keys.json(key, "{\"name\": 1, \"scopes\": [\"none\"]}").post("/v1/keys"));
        noted(Keys.json(key, "{").post("/v1/jobs"));
    }

    private void fetchModels(String key) {
        get(key, "/v1/models/inspect?uri=hf://tiny/model", 200);
        get(key, "/v1/models/inspect?uri=hf://tiny/none", 422);
        get(key, "/v1/models/inspect?uri=s3://marked/model", 422);
        get(key, "/v1/models/inspect?uri=s3://other/model", 422);
    }

    /// One that is taken, and one where nobody listens.
    private void tellWebhooks(String key) {
        try (Receiver receiver = Receiver.start()) {
            String webhooks =
                    "\"webhooks\": [{\"uri\": \"%s\"}, {\"uri\": \"http://127.0.0.1:9/x\"}], \"labels\""
                            .formatted(receiver.uri());
            String request = Api.request().replaceFirst("\"labels\"", webhooks);
            Response answer = noted(Keys.json(key, request).post("/v1/jobs"));
            assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(202);
            Script job = new Script(answer.path("id"));
            job.run();
            receiver.await(1).forEach(r -> told.add(r.headers() + r.text()));
            Receiver.await(() -> deliveries(key, job).contains("FAILED"));
            assertThat(deliveries(key, job)).contains("FAILED", "DELIVERED");
            get(key, job.path(), 200);
            get(key, job.path() + "/webhooks", 200);
            get(key, job.path() + "/events", 200);
        }
    }

    private static String deliveries(String key, Script job) {
        return Keys.with(key).get(job.path() + "/webhooks").asString();
    }

    /// The text of a record has all of its components unless it says otherwise.
    @Test
    void noRecordWithASecretTellsItInItsText() throws Exception {
        try (Stream<Path> files = Files.walk(Path.of("target/classes/io"))) {
            for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
                requireDiscreet(type(file));
            }
        }
        String hub =
                new SourceSettings.Hub(URI.create("http://x"), Optional.of("mark"), List.of())
                        .toString();
        assertThat(hub).contains("http://x").doesNotContain("mark");
    }

    private static Class<?> type(Path file) throws ClassNotFoundException {
        String name = Path.of("target/classes").relativize(file).toString().replace('/', '.');
        return Class.forName(
                name.substring(0, name.length() - ".class".length()),
                false,
                Thread.currentThread().getContextClassLoader());
    }

    /// What the compiler writes for a record is final.
    private static void requireDiscreet(Class<?> type) {
        boolean secret =
                type.isRecord()
                        && Arrays.stream(type.getRecordComponents())
                                .filter(c -> c.getType() == String.class)
                                .anyMatch(SecretsStayInsideTest::isSecret);
        boolean own =
                Arrays.stream(type.getDeclaredMethods())
                        .filter(method -> method.getName().equals("toString"))
                        .anyMatch(method -> !Modifier.isFinal(method.getModifiers()));
        assertThat(!secret || own).as("%s has a text with its secret", type).isTrue();
    }

    private static boolean isSecret(RecordComponent component) {
        String name = component.getName();
        String type = component.getDeclaringRecord().getName();
        return SECRET.matcher(name).matches()
                && NO_SECRETS.stream().noneMatch((type + "." + name)::endsWith);
    }
}
