package io.sparsemesh.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.artifact.FileDigest;
import io.sparsemesh.embedded.LocalInfra;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@WithTestResource(GatewayServers.class)
class ArtifactsTest {

    private static final byte[] WEIGHTS = weights();

    private Path folder;
    private Script job;

    private static byte[] weights() {
        byte[] bytes = new byte[1000];
        new java.util.Random(1).nextBytes(bytes);
        return bytes;
    }

    /// A finished job with three files.
    @BeforeEach
    void finishJob() throws IOException {
        folder = Files.createDirectory(Api.root().resolve("done-" + UUID.randomUUID()));
        Files.write(folder.resolve("model.safetensors"), WEIGHTS);
        Files.writeString(folder.resolve("config.json"), "{}");
        Files.createFile(folder.resolve("empty.txt"));
        job = new Script(Api.submit(Api.request()));
        finish("config.json", "empty.txt", "model.safetensors");
    }

    private void finish(String... names) throws IOException {
        List<FileDigest> files = new ArrayList<>();
        for (String name : names) {
            byte[] bytes = Files.readAllBytes(folder.resolve(name));
            files.add(new FileDigest(name, bytes.length, sha256(bytes)));
        }
        long seq = 1 + given().get(job.path() + "/events").jsonPath().getLong("lastSeq");
        Mesh.send(Topics.EVENTS, job.succeeded(seq, "file://" + folder, files));
        job.await("SUCCEEDED");
        while (given().get(job.path() + "/events").jsonPath().getLong("lastSeq") < seq) {
            Thread.onSpinWait();
        }
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private String artifact(String name) {
        return job.path() + "/artifacts/" + name;
    }

    private static String tag() {
        return "\"" + sha256(WEIGHTS) + "\"";
    }

    private Response range(String range) {
        return given().header("Range", range).get(artifact("model.safetensors"));
    }

    @Test
    void filesAreListedWithSizeAndDigest() {
        given().get(job.path() + "/artifacts")
                .then()
                .statusCode(200)
                .body("name", contains("config.json", "empty.txt", "model.safetensors"))
                .body("size", contains(2, 0, 1000))
                .body("[2].sha256", is(sha256(WEIGHTS)));
    }

    @Test
    void fileIsDownloadedWhole() {
        Response answer = given().get(artifact("model.safetensors"));

        String digest =
                Base64.getEncoder().encodeToString(HexFormat.of().parseHex(sha256(WEIGHTS)));
        answer.then()
                .statusCode(200)
                .contentType("application/octet-stream")
                .header("Content-Length", "1000")
                .header("Accept-Ranges", "bytes")
                .header("ETag", tag())
                .header("Repr-Digest", "sha-256=:" + digest + ":");
        assertThat(answer.asByteArray()).isEqualTo(WEIGHTS);
        given().get(artifact("config.json")).then().statusCode(200).contentType("application/json");
        given().get(artifact("empty.txt")).then().statusCode(200).header("Content-Length", "0");
    }

    @ParameterizedTest
    @CsvSource({
        "bytes=0-0, 0, 0",
        "bytes=10-19, 10, 19",
        "bytes=990-, 990, 999",
        "bytes=990-5000, 990, 999",
        "bytes=-10, 990, 999",
        "bytes=-5000, 0, 999",
    })
    void rangeIsAnsweredWithThatPart(String range, int first, int last) {
        Response answer = range(range);

        answer.then()
                .statusCode(206)
                .header("Content-Range", "bytes %d-%d/1000".formatted(first, last))
                .header("Content-Length", Integer.toString(last - first + 1))
                .header("ETag", tag());
        assertThat(answer.asByteArray())
                .isEqualTo(java.util.Arrays.copyOfRange(WEIGHTS, first, last + 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=1000-", "bytes=1000-1001", "bytes=-0"})
    void rangeBehindTheEndIsNotSatisfiable(String range) {
        range(range)
                .then()
                .statusCode(416)
                .header("Content-Range", "bytes */1000")
                .contentType("application/problem+json")
                .body("code", is("range-not-satisfiable"))
                .body("detail", containsString("1000 bytes"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=5-2", "bytes=0-1,5-6", "lines=1-2", "bytes=-", "bytes"})
    void whatIsNotOneRangeOfBytesIsAnsweredWithAll(String range) {
        range(range).then().statusCode(200).header("Content-Length", "1000");
    }

    private RequestSpecification with(String header, String value) {
        return given().header(header, value);
    }

    @Test
    void conditionsAreHeldAgainstTheDigest() {
        String path = artifact("model.safetensors");

        with("If-None-Match", tag()).get(path).then().statusCode(304).header("ETag", tag());
        with("If-None-Match", "\"x\", W/" + tag()).get(path).then().statusCode(304);
        with("If-None-Match", "*").get(path).then().statusCode(304);
        with("If-None-Match", "\"x\"").get(path).then().statusCode(200);
        with("If-Range", tag()).header("Range", "bytes=0-9").get(path).then().statusCode(206);
        with("If-Range", "\"x\"").header("Range", "bytes=0-9").get(path).then().statusCode(200);
    }

    @Test
    void headTellsTheHeadersAlone() {
        Response answer = given().head(artifact("model.safetensors"));

        answer.then()
                .statusCode(200)
                .header("Content-Length", "1000")
                .header("Accept-Ranges", "bytes")
                .header("ETag", tag());
        assertThat(answer.asByteArray()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../ids.safetensors",
                "..%2fids.safetensors",
                "%2e%2e/ids.safetensors",
                "..%252fids.safetensors",
                "%2fetc%2fpasswd",
                "/etc/passwd",
                "model.safetensors%00",
                "none.json",
            })
    void onlyTheJobsOwnFilesAreServed(String name) {
        Api.ids();

        given().urlEncodingEnabled(false)
                .get(artifact(name))
                .then()
                .statusCode(404)
                .contentType("application/problem+json")
                .body("code", is("not-found"));
    }

    @Test
    void changedOrMissingFileIsGone() throws IOException {
        Files.writeString(folder.resolve("config.json"), "{\"changed\": true}");
        Files.delete(folder.resolve("model.safetensors"));

        given().get(artifact("config.json"))
                .then()
                .statusCode(410)
                .contentType("application/problem+json")
                .body("code", is("artifact-gone"))
                .body("detail", containsString("expected 2 bytes, found 17"));
        given().get(artifact("model.safetensors"))
                .then()
                .statusCode(410)
                .body("detail", containsString("'model.safetensors' of job " + job.id()));
    }

    @Test
    void linkOutOfTheFolderIsNotFollowed() throws IOException {
        Path secret =
                Files.writeString(
                        LocalInfra.shared().newFolder("secret").resolve("secret.txt"), "secret");
        Files.createSymbolicLink(folder.resolve("link.txt"), secret);
        finish("link.txt");

        given().get(artifact("link.txt")).then().statusCode(410).body("code", is("artifact-gone"));
    }

    @Test
    void filesInFoldersAreServedByTheirPath() throws IOException {
        Files.createDirectories(folder.resolve("a/b"));
        Files.writeString(folder.resolve("a/b/c d.json"), "{\"x\": 1}");
        finish("a/b/c d.json");

        given().urlEncodingEnabled(false)
                .get(artifact("a/b/c%20d.json"))
                .then()
                .statusCode(200)
                .body("x", is(1));
    }

    @Test
    void unfinishedJobHasNone() {
        String other = "/v1/jobs/" + Api.submit(Api.request());

        given().get(other + "/artifacts").then().statusCode(200).body("[0]", nullValue());
        given().get(other + "/artifacts/config.json")
                .then()
                .statusCode(404)
                .body("detail", containsString("has no artifact 'config.json'"));
    }
}
