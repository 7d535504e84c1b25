package io.sparsemesh.gateway;

import static io.restassured.RestAssured.given;

import io.restassured.http.ContentType;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import io.sparsemesh.checkpoint.Dtype;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/// What the tests send, and where their files lie.
public final class Api {

    private Api() {}

    static Path root() {
        return GatewayServers.root();
    }

    /// The model folder that all tests share.
    static Path model() {
        Path folder = root().resolve("tiny");
        return Files.exists(folder) ? folder : TinyLlama.write(folder);
    }

    /// Token ids: 8 sequences of 16.
    static Path ids() {
        Path file = root().resolve("ids.safetensors");
        return Files.exists(file) ? file : TinyLlama.ids(file, "input_ids", Dtype.I64, 8L, 16L);
    }

    static String freshOutput() {
        return "file://" + root().resolve("out-" + UUID.randomUUID());
    }

    /// A whole request: SparseGPT with token ids.
    public static String request() {
        return request(freshOutput());
    }

    static String request(String output) {
        return """
        {"model": {"uri": "file://%1$s"},
         "method": {"name": "sparsegpt", "sparsity": 0.5},
         "calibration": {"uri": "file://%2$s", "samples": 8, "sequenceLength": 16},
         "evaluation": {"dense": true, "perplexity": [
           {"name": "ids", "uri": "file://%2$s", "sequenceLength": 16}]},
         "output": {"uri": "%3$s"},
         "labels": {"team": "a"}}
        """
                .formatted(model(), ids(), output);
    }

    public static RequestSpecification json(String body) {
        return given().contentType(ContentType.JSON).body(body);
    }

    public static ValidatableResponse post(String body) {
        return json(body).post("/v1/jobs").then();
    }

    /// Submits a job and returns its id.
    static String submit(String body) {
        return post(body).statusCode(202).extract().path("id");
    }
}
