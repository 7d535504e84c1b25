package io.sparsemesh.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.sparsemesh.artifacts.Digests;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.artifact.FileDigest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Jobs whose output lies in a bucket.
@QuarkusTest
@WithTestResource(GatewayServers.class)
class BucketOutputTest {

    private static final byte[] CONFIG = "{\"a\": 1}".getBytes(StandardCharsets.UTF_8);

    private final String uri = "s3://" + Bucket.NAME + "/jobs/" + UUID.randomUUID();

    private Script finished() {
        Bucket.folder(uri).put("config.json", CONFIG);
        Script job = new Script(Api.submit(Api.request()));
        FileDigest file = new FileDigest("config.json", CONFIG.length, Digests.ofBytes(CONFIG));
        long seq = 1 + given().get(job.path() + "/events").jsonPath().getLong("lastSeq");
        Mesh.send(Topics.EVENTS, job.succeeded(seq, uri, List.of(file)));
        job.await("SUCCEEDED");
        return job;
    }

    private static HttpResponse<String> follow(String address, String range) throws Exception {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(address)).header("Range", range).build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(request, HttpResponse.BodyHandlers.ofString());
        }
    }

    @Test
    void jobMayWriteIntoAnAllowedBucket() {
        Api.post(Api.request(uri)).statusCode(202).body("request.output.uri", is(uri));
    }

    @Test
    void slashAtTheEndMakesNoOtherPlace() {
        Api.post(Api.request(uri + "/")).statusCode(202).body("request.output.uri", is(uri));
        Api.post(Api.request(uri)).statusCode(422).body("errors[0].code", is("output-not-usable"));
    }

    @ParameterizedTest
    @CsvSource({
        "s3://others/x, source-not-allowed, SPARSEMESH_BUCKETS",
        "s3://outputs, invalid-uri, expected s3://bucket/prefix",
        "s3://outputs/../x, invalid-uri, expected s3://bucket/prefix",
        "s3:outputs/x, invalid-uri, expected s3://bucket/prefix"
    })
    void otherPlacesAreRefused(String output, String code, String detail) {
        Api.post(Api.request(output))
                .statusCode(422)
                .body("errors[0].pointer", is("/output/uri"))
                .body("errors[0].code", is(code))
                .body("errors[0].detail", containsString(detail));
    }

    @Test
    void placeWhereSomethingLiesIsRefused() {
        Bucket.folder(uri).put("config.json", CONFIG);

        Api.post(Api.request(uri))
                .statusCode(422)
                .body("errors[0].code", is("output-not-usable"))
                .body("errors[0].detail", containsString("found config.json at " + uri));
    }

    @Test
    void severalCheckpointsMayLieInABucketToo() {
        String sweep =
                Api.request(uri)
                        .replaceFirst(
                                "\"sparsity\": *[0-9.]+",
                                "\"targets\": [{\"sparsity\": 0.5}, {\"sparsity\": 0.6}]");
        assertThat(sweep).contains("targets");

        Api.post(sweep).statusCode(202).body("request.output.uri", is(uri));
    }

    /// As a sweep ends: it lists the reports of its folders.
    private Script sweep(byte[] report) {
        FileDigest listed =
                new FileDigest(
                        "s50/sparsemesh-report.json", report.length, Digests.ofBytes(report));
        Script job = new Script(Api.submit(Api.request()));
        long seq = 1 + given().get(job.path() + "/events").jsonPath().getLong("lastSeq");
        Mesh.send(Topics.EVENTS, job.succeeded(seq, uri, List.of(listed)));
        job.await("SUCCEEDED");
        return job;
    }

    private static byte[] report() {
        return "{\"files\":[{\"name\":\"config.json\",\"size\":%d,\"sha256\":\"%s\"}]}"
                .formatted(CONFIG.length, Digests.ofBytes(CONFIG))
                .getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void fileOfASweepsFolderIsFoundInTheReportThere() throws Exception {
        byte[] report = report();
        Bucket.folder(uri).put("s50/sparsemesh-report.json", report);
        Bucket.folder(uri).put("s50/config.json", CONFIG);
        Script job = sweep(report);
        String path = job.path() + "/artifacts/s50/config.json";

        Response answer = given().redirects().follow(false).get(path);

        answer.then().statusCode(307).header("ETag", "\"" + Digests.ofBytes(CONFIG) + "\"");
        assertThat(follow(answer.header("Location"), "bytes=0-").body())
                .isEqualTo(new String(CONFIG));
        given().head(path)
                .then()
                .statusCode(200)
                .header("Content-Length", Integer.toString(CONFIG.length));
        given().get(job.path() + "/artifacts/s50/other").then().statusCode(404);
        given().get(job.path() + "/artifacts/s60/config.json").then().statusCode(404);
    }

    @Test
    void reportThatTheJobDidNotWriteTellsNothing() {
        Script job = sweep(report());
        Bucket.folder(uri)
                .put(
                        "s50/sparsemesh-report.json",
                        new String(report()).replace("f", "F").getBytes());

        given().get(job.path() + "/artifacts/s50/config.json").then().statusCode(404);
    }

    @Test
    void downloadIsSentToAnAddressThatNeedsNoToken() throws Exception {
        Script job = finished();

        Response answer =
                given().redirects().follow(false).get(job.path() + "/artifacts/config.json");

        answer.then()
                .statusCode(307)
                .header("ETag", "\"" + Digests.ofBytes(CONFIG) + "\"")
                .header("Cache-Control", "no-store");
        String address = answer.header("Location");
        assertThat(address)
                .startsWith(System.getProperty("gateway.test.s3"))
                .contains("X-Amz-Expires=300");
        assertThat(follow(address, "bytes=0-").body()).isEqualTo(new String(CONFIG));
        assertThat(follow(address, "bytes=2-4").body()).isEqualTo("a\":");
    }

    @Test
    void addressIsToldToWhomCannotBeSentThere() throws Exception {
        String path = finished().path() + "/artifacts/config.json";

        Response answer = given().redirects().follow(false).get(path + "?redirect=false");

        answer.then()
                .statusCode(200)
                .contentType("application/vnd.sparsemesh.address+json")
                .header("Cache-Control", "no-store")
                .header("Location", nullValue());
        String address = answer.jsonPath().getString("url");
        assertThat(follow(address, "bytes=0-").body()).isEqualTo(new String(CONFIG));
        given().redirects().follow(false).get(path + "?redirect=true").then().statusCode(307);
        given().get(path + "?redirect=no")
                .then()
                .statusCode(400)
                .body("detail", containsString("expected true or false, found 'no'"));
    }

    @Test
    void unchangedFileIsNotSentAnywhere() {
        Script job = finished();

        given().redirects()
                .follow(false)
                .header("If-None-Match", "\"" + Digests.ofBytes(CONFIG) + "\"")
                .get(job.path() + "/artifacts/config.json")
                .then()
                .statusCode(304);
    }

    @Test
    void headIsAnsweredByTheGateway() {
        Script job = finished();

        given().redirects()
                .follow(false)
                .head(job.path() + "/artifacts/config.json")
                .then()
                .statusCode(200)
                .header("Content-Length", Integer.toString(CONFIG.length))
                .header("Location", nullValue());
    }

    @Test
    void unknownFileIsNotFound() {
        given().redirects()
                .follow(false)
                .get(finished().path() + "/artifacts/other.json")
                .then()
                .statusCode(404);
    }
}
