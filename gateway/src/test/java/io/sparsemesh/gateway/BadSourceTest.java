package io.sparsemesh.gateway;

import static io.sparsemesh.gateway.Refusals.JSON;
import static io.sparsemesh.gateway.Refusals.refused;
import static io.sparsemesh.gateway.Refusals.with;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsInAnyOrder;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.notNullValue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.embedded.LocalInfra;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Models, texts and outputs that a request names and that cannot be used.
@QuarkusTest
@WithTestResource(GatewayServers.class)
class BadSourceTest {

    static Stream<Arguments> unusableUris() throws IOException {
        Path root = Api.root();
        Path outside = LocalInfra.shared().newFolder("outside");
        TinyLlama.write(outside.resolve("tiny"));
        Path link = root.resolve("link-" + UUID.randomUUID());
        Files.createSymbolicLink(link, outside);
        String outsideRoots = "path-outside-roots";
        return Stream.of(
                Arguments.of("file:///etc", outsideRoots),
                Arguments.of(
                        "file:" + root + "/../" + outside.getFileName() + "/tiny", outsideRoots),
                Arguments.of("file:" + root + "/%2e%2e/" + outside.getFileName(), outsideRoots),
                Arguments.of("file:" + root + "/%252e%252e/tiny", outsideRoots),
                Arguments.of("file:" + root + "/..%2ftiny", outsideRoots),
                Arguments.of("file:" + root + "-other/tiny", outsideRoots),
                Arguments.of("file:" + link + "/tiny", outsideRoots),
                Arguments.of("file:" + link + "/missing", outsideRoots),
                Arguments.of("file:" + link, outsideRoots),
                Arguments.of("file:" + root + "/tiny%00.txt", "invalid-uri"),
                Arguments.of("file:" + root + "/tiny%2fx", "invalid-uri"),
                Arguments.of("file:" + root + "/tiny%", "invalid-uri"),
                Arguments.of("file:" + root + "/tiny%2541", "invalid-uri"),
                Arguments.of("file:" + root + "\\\\tiny", "invalid-uri"),
                Arguments.of("file:" + root + "/tiny?x=1", "invalid-uri"),
                Arguments.of("file://host" + root, "invalid-uri"),
                Arguments.of("file:////" + root, "invalid-uri"),
                Arguments.of("file:tiny", "invalid-uri"),
                Arguments.of("FILE:" + root + "/tiny", "invalid-uri"),
                Arguments.of(root + "/tiny", "invalid-uri"),
                Arguments.of("", "invalid-uri"),
                Arguments.of("s3://bucket/model", "source-not-allowed"),
                Arguments.of("hf://org/name", "model-not-found"),
                Arguments.of("http://host/model", "unsupported-scheme"),
                Arguments.of("file:" + root + "/nothing", "model-not-found"));
    }

    @ParameterizedTest
    @MethodSource("unusableUris")
    void unusableModelUriIsRefused(String uri, String code) throws IOException {
        refused(with("/model/uri", "\"" + uri + "\""), code, "/model/uri")
                .body("errors[0].detail", notNullValue());
    }

    @Test
    void everySourceIsHeldToTheRoots() throws IOException {
        String outside = "\"file:///etc/passwd\"";
        String ids = outside.replace("passwd", "ids.safetensors");
        refused(with("/calibration/uri", ids), "path-outside-roots", "/calibration/uri");
        refused(with("/output/uri", outside), "path-outside-roots", "/output/uri");
        String task = "[{\"name\": \"piqa\", \"uri\": " + outside + "}]";
        Api.post(with("/evaluation/tasks", task))
                .statusCode(422)
                .body("errors.pointer", containsInAnyOrder("/evaluation/tasks/0/uri", "/model/uri"))
                .body("errors.code", containsInAnyOrder("path-outside-roots", "tokenizer-missing"));
    }

    @Test
    void pickleOnlyFolderIsRefusedWithAHint() throws IOException {
        Path folder = Files.createDirectories(Api.root().resolve("pickled"));
        Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"llama\"}");
        Files.writeString(folder.resolve("pytorch_model.bin"), "x");

        refusedModel(folder, "invalid-model", "pickle files can run code and are never read");
    }

    @Test
    void modelWithAMissingTensorIsRefused() throws IOException {
        String tensor = "model.layers.1.mlp.up_proj.weight";
        Path folder = TinyLlama.write(Api.root().resolve("incomplete"), "llama", tensor);

        refusedModel(folder, "invalid-model", "'" + tensor + "'");
    }

    @Test
    void unknownModelTypeIsRefusedWithTheKnownOnes() throws IOException {
        Path folder = TinyLlama.write(Api.root().resolve("unknown"), "rnn", "");

        refusedModel(folder, "unsupported-model", "found 'rnn'");
    }

    @Test
    void truncatedWeightsAreRefused() throws IOException {
        Path folder = TinyLlama.write(Api.root().resolve("truncated"));
        Path weights = folder.resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        Files.write(weights, java.util.Arrays.copyOf(bytes, bytes.length - 100));

        refusedModel(folder, "invalid-model", "[model.safetensors]");
    }

    @Test
    void fileInPlaceOfTheModelFolderIsRefused() throws IOException {
        refusedModel(Api.ids(), "invalid-model", "expected a model folder, found a file");
    }

    private static void refusedModel(Path folder, String code, String detail) throws IOException {
        refused(with("/model/uri", "\"file://" + folder + "\""), code, "/model/uri")
                .body("errors[0].detail", containsString(detail));
    }

    @Test
    void tokenIdsMustFitTheRequest() throws IOException {
        Path root = Api.root();
        Path floats = TinyLlama.ids(root.resolve("f.safetensors"), "input_ids", Dtype.F32, 8L, 16L);
        Path flat = TinyLlama.ids(root.resolve("flat.safetensors"), "input_ids", Dtype.I64, 127L);
        Path named = TinyLlama.ids(root.resolve("named.safetensors"), "calib", Dtype.I64, 8L, 16L);

        refusedCalibration(floats, "expected I64 [samples, length] or [tokens], found F32 [8, 16]");
        refusedCalibration(flat, "expected at least 8 sequences of 16 tokens, found [127]");
        refusedCalibration(named, "expected a tensor 'input_ids', found [calib]");
        refusedCalibration(root.resolve("none.safetensors"), "found nothing at");
        Files.writeString(root.resolve("broken.safetensors"), "no tensors");
        refusedCalibration(root.resolve("broken.safetensors"), "[broken.safetensors]");
        Api.post(with("/calibration/samples", "9"))
                .statusCode(422)
                .body("errors[0].pointer", is("/calibration/uri"))
                .body("errors[0].detail", containsString("at least 9 sequences of 16 tokens"));
    }

    private static void refusedCalibration(Path file, String detail) throws IOException {
        Api.post(with("/calibration/uri", "\"file://" + file + "\""))
                .statusCode(422)
                .body("errors.pointer", contains("/calibration/uri"))
                .body("errors[0].detail", containsString(detail));
    }

    @Test
    void namedTensorOfTokenIdsIsFound() throws IOException {
        Path named =
                TinyLlama.ids(Api.root().resolve("t.safetensors"), "calib", Dtype.I64, 8L, 16L);
        String calibration =
                "{\"uri\": \"file://%s\", \"tensor\": \"calib\", \"samples\": 8,"
                        + " \"sequenceLength\": 16}";

        Api.post(with("/calibration", calibration.formatted(named))).statusCode(202);
    }

    @Test
    void textNeedsATokenizerInTheModelFolder() throws IOException {
        Path text = Files.writeString(Api.root().resolve("some.txt"), "Once upon a time");
        String body = with("/calibration/uri", "\"file://" + text + "\"");

        refused(body, "tokenizer-missing", "/model/uri")
                .body("detail", containsString("because /calibration is text"));
    }

    @Test
    void modelWithTokenizerTakesText() throws IOException {
        Path model = TinyLlama.write(Api.root().resolve("tokenized"));
        Files.writeString(model.resolve("tokenizer.json"), "{}");
        Path text = Files.writeString(Api.root().resolve("t.jsonl"), "{\"text\": \"Once\"}\n");
        Path items = Files.writeString(Api.root().resolve("own.jsonl"), "{\"query\": \"a\"}\n");
        Path empty = Files.writeString(Api.root().resolve("empty.txt"), " \n");
        ObjectNode request = (ObjectNode) JSON.readTree(Api.request());
        ((ObjectNode) request.get("model")).put("uri", "file://" + model);
        ((ObjectNode) request.get("calibration")).put("uri", "file://" + text);

        Api.post(request.toString()).statusCode(202);

        ((ObjectNode) request.get("output")).put("uri", Api.freshOutput());
        ((ObjectNode) request.get("calibration")).put("uri", "file://" + empty);
        JsonNode task = JSON.readTree("[{\"name\": \"own\", \"uri\": \"file://" + items + "\"}]");
        ((ObjectNode) request.get("evaluation")).set("tasks", task);
        Api.post(request.toString())
                .statusCode(422)
                .body(
                        "errors.pointer",
                        containsInAnyOrder("/calibration/uri", "/evaluation/tasks/0/uri"))
                .body(
                        "errors.detail",
                        containsInAnyOrder(
                                "[empty.txt] expected text, found none",
                                "[own.jsonl] line 1: task own expects a field 'choices', found"
                                        + " none"));
    }

    @Test
    void occupiedOutputIsRefused() throws IOException {
        Path folder = Files.createDirectories(Api.root().resolve("occupied"));
        Files.writeString(folder.resolve("file"), "x");

        refused(
                        with("/output/uri", "\"file://" + folder + "\""),
                        "output-not-usable",
                        "/output/uri")
                .body("detail", containsString("expected nothing or an empty folder"));
        refused(
                        with("/output/uri", "\"file://" + folder + "/a/b\""),
                        "output-not-usable",
                        "/output/uri")
                .body("detail", containsString("expected an existing parent folder"));
    }
}
