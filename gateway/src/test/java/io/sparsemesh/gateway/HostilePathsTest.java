package io.sparsemesh.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sparsemesh.embedded.LocalInfra;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// One series of hostile names at every entrance that takes a path or a name. Each is refused as
/// the caller's fault, and no answer has a byte of a file outside. Requests are written to the
/// socket as they are, for clients put addresses right.
@QuarkusTest
@WithTestResource(GatewayServers.class)
class HostilePathsTest {

    private static final JsonMapper JSON = new JsonMapper();
    private static final String CANARY = "canary" + UUID.randomUUID().toString().replace("-", "");

    /// Where a request names files.
    private static final List<String> POINTERS =
            List.of(
                    "/model/uri",
                    "/calibration/uri",
                    "/evaluation/perplexity/0/uri",
                    "/evaluation/tasks/0/uri",
                    "/output/uri");

    /// That it was not looked at; a file that was read is at fault in another way.
    private static final Set<String> UNSEEN =
            Set.of(
                    "path-outside-roots",
                    "invalid-uri",
                    "invalid-value",
                    "unsupported-scheme",
                    "model-not-found",
                    "source-not-found",
                    "output-not-usable");

    @TestHTTPResource URI server;

    private static Path root;
    private static Path outside;

    /// A model, a text and a place for outputs beside the root, and a link to them in it.
    @BeforeEach
    void layOut() throws IOException {
        if (root == null) {
            Path inside = Files.createDirectory(Api.root().resolve(UUID.randomUUID().toString()));
            outside = LocalInfra.shared().newFolder("outside").toRealPath();
            Path model = TinyLlama.write(outside.resolve("t"));
            Files.writeString(model.resolve("config.json"), "{\"model_type\": \"" + CANARY + "\"}");
            Files.writeString(model.resolve("t.jsonl"), "{\"" + CANARY + "\": 1}");
            Files.createSymbolicLink(inside.resolve("link"), outside.getParent());
            Files.createDirectory(inside.resolve("a"));
            root = inside;
        }
    }

    private static Stream<String> names() {
        String up = root.getParent().relativize(outside.resolve("t")).toString();
        return Stream.concat(HostilePaths.to(up), HostilePaths.to(outside.getFileName() + "/t"));
    }

    private static Stream<String> fileUris() {
        String target = outside + "/t";
        return Stream.concat(
                names().map(name -> "file:" + root + "/" + name),
                Stream.of(
                        "file:" + target,
                        "file://" + target,
                        "file://host" + target,
                        "file://localhost" + target,
                        "file:////host" + target,
                        "file:/" + target,
                        "FILE:" + target,
                        "file:" + target.substring(1),
                        "file:" + root + "\u0000/../" + target,
                        "file:" + root + "/\ud800",
                        "file:%2f" + target.substring(1),
                        "jar:file:" + target + "!/x",
                        target,
                        "http://127.0.0.1" + target));
    }

    private RawHttp.Answer send(RawHttp.Request request) throws IOException {
        RawHttp.Answer answer = new RawHttp(server).send(request);
        String text = new String(answer.body(), StandardCharsets.UTF_8);
        assertThat(text).as("%s", request).doesNotContain(CANARY, "root:x:0", "SPARSEMESH_DB");
        assertThat(answer.status()).as("%s: %s", request, text).isLessThan(500);
        return answer;
    }

    private static RawHttp.Request post(byte[] body) {
        List<String> headers = List.of("Content-Type: application/json");
        return new RawHttp.Request("POST", "/v1/jobs", headers, body);
    }

    @Test
    void noFieldOfARequestLeavesTheRoots() throws IOException {
        for (String uri : (Iterable<String>) fileUris()::iterator) {
            for (String ending : List.of("", "/t.jsonl")) {
                requireRefused(uri + ending);
            }
        }
    }

    private void requireRefused(String uri) throws IOException {
        RawHttp.Answer answer = send(post(JSON.writeValueAsBytes(requestOf(uri))));
        assertThat(answer.status()).as(uri).isEqualTo(422);
        for (JsonNode error : JSON.readTree(answer.body()).get("errors")) {
            assertThat(UNSEEN).as("%s: %s", uri, error).contains(error.get("code").asText());
        }
        List<String> found = JSON.readTree(answer.body()).get("errors").findValuesAsText("pointer");
        assertThat(found).as(uri).containsAll(POINTERS);
    }

    private static ObjectNode requestOf(String uri) throws IOException {
        ObjectNode request = (ObjectNode) JSON.readTree(Api.request());
        ObjectNode evaluation = (ObjectNode) request.get("evaluation");
        evaluation.putArray("tasks").addObject().put("name", "piqa");
        for (String pointer : POINTERS) {
            ((ObjectNode) request.at(pointer.substring(0, pointer.length() - 4))).put("uri", uri);
        }
        return request;
    }

    @Test
    void noModelOutsideIsInspected() throws IOException {
        for (String uri : (Iterable<String>) fileUris()::iterator) {
            String encoded = URLEncoder.encode(uri, StandardCharsets.UTF_8);
            String target = "/v1/models/inspect?uri=";
            RawHttp.Answer answer = send(RawHttp.Request.get(target + encoded));
            assertThat(answer.status()).as(uri).isEqualTo(422);

            send(RawHttp.Request.get(target + uri.replace("\u0000", "%00")));
        }
    }

    @Test
    void noArtifactIsServedFromElsewhere() throws IOException {
        String job = "/v1/jobs/" + FinishedJob.succeeded() + "/artifacts/";
        for (String name : (Iterable<String>) names()::iterator) {
            for (String file : List.of("/config.json", "/t.jsonl")) {
                RawHttp.Request request = RawHttp.Request.get(job + name + file);
                assertThat(send(request).status()).as("%s", request).isBetween(400, 499);
            }
        }
        for (String path : List.of("//etc/passwd", "%2fetc%2fpasswd", "%00", "config.json%00")) {
            assertThat(send(RawHttp.Request.get(job + path)).status()).as(path).isBetween(400, 499);
        }
    }

    /// Below them lie all classes and settings of the gateway.
    @ParameterizedTest
    @ValueSource(strings = {"/", "/ui/", "/ui/css/", "/webjars/", "/webjars/uplot/"})
    void noFileIsServedFromBesideTheDashboard(String folder) throws IOException {
        List<String> targets = List.of("application.properties", "../../application.properties");
        for (String target : targets) {
            for (String name : (Iterable<String>) HostilePaths.to(target)::iterator) {
                RawHttp.Answer answer = send(RawHttp.Request.get(folder + name));
                String type = answer.contentType();
                assertThat(answer.status() == 200 && !type.startsWith("text/html"))
                        .as(folder + name)
                        .isFalse();
            }
        }
        send(RawHttp.Request.get(folder + "/../../../../../../etc/passwd"));
        send(RawHttp.Request.get(folder + "%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd"));
    }

    /// Where a name of the series stands in the URI of a remote model, and what the one that is no
    /// path is answered there.
    private static final Map<String, String> REMOTE =
            Map.of(
                    "hf://", "model-not-found",
                    "hf://tiny/", "invalid-uri",
                    "hf://tiny/model@", "model-not-found",
                    "s3://", "source-not-allowed",
                    "s3://outputs/", "invalid-model");

    @Test
    void noNameOfARemoteModelIsAPath() throws IOException {
        for (String name : (Iterable<String>) HostilePaths.to("t")::iterator) {
            for (Map.Entry<String, String> start : REMOTE.entrySet()) {
                String uri = start.getKey() + name;
                ObjectNode request = (ObjectNode) JSON.readTree(Api.request());
                ((ObjectNode) request.get("model")).put("uri", uri);
                RawHttp.Answer answer = send(post(JSON.writeValueAsBytes(request)));
                assertThat(answer.status()).as(uri).isEqualTo(422);
                JsonNode errors = JSON.readTree(answer.body()).get("errors");
                assertThat(errors.findValuesAsText("pointer"))
                        .as(uri)
                        .containsExactly("/model/uri");
                String code = name.equals("link/t") ? start.getValue() : "invalid-uri";
                assertThat(errors.findValuesAsText("code")).as(uri).containsExactly(code);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"config.json", "model.safetensors", "tokenizer.json", "README.md", "x.txt"})
    void modelFolderWithALinkOutOfTheRootsIsRefused(String file) throws IOException {
        Path model = TinyLlama.write(root.resolve("linked-" + file));
        Path secret =
                Files.writeString(outside.resolve(file), "{\"model_type\": \"" + CANARY + "\"}");
        Files.deleteIfExists(model.resolve(file));
        Files.createSymbolicLink(model.resolve(file), secret);
        String target = "/v1/models/inspect?uri=file:" + model;

        RawHttp.Answer refused = send(RawHttp.Request.get(target));

        assertThat(refused.status()).isEqualTo(422);
        assertThat(new String(refused.body(), StandardCharsets.UTF_8))
                .contains("path-outside-roots", "'" + file + "' is a link out of them");
        Files.delete(model.resolve(file));
        Files.createSymbolicLink(model.resolve(file), Files.writeString(root.resolve(file), "{}"));
        assertThat(send(RawHttp.Request.get(target)).status()).isEqualTo(200);
    }
}
