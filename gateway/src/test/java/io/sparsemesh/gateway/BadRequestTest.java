package io.sparsemesh.gateway;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsInAnyOrder;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.response.ValidatableResponse;
import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.embedded.LocalInfra;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@WithTestResource(GatewayServers.class)
class BadRequestTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    /// The good request with `value`, as JSON, at `pointer`; nothing there when it is empty.
    private static String with(String pointer, String value) throws IOException {
        ObjectNode request = (ObjectNode) JSON.readTree(Api.request());
        int slash = pointer.lastIndexOf('/');
        ObjectNode parent = (ObjectNode) request.at(pointer.substring(0, slash));
        String field = pointer.substring(slash + 1);
        if (value.isEmpty()) {
            parent.remove(field);
        } else {
            parent.set(field, JSON.readTree(value));
        }
        return request.toString();
    }

    private static ValidatableResponse refused(String body, String code, String pointer) {
        return Api.post(body)
                .statusCode(422)
                .contentType("application/problem+json")
                .body("status", is(422))
                .body("type", is("urn:sparsemesh:problem:" + code))
                .body("title", is("Invalid request"))
                .body("code", is(code))
                .body("errors", hasSize(1))
                .body("errors[0].pointer", is(pointer))
                .body("errors[0].code", is(code));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "/method/sparcity | 0.5 | unknown-field | nearest known is 'sparsity'",
                "/modle | {} | unknown-field | nearest known is 'model'",
                "/calibration/sample | 5 | unknown-field | nearest known is 'samples'",
                "/output/uril | 1 | unknown-field | nearest known is 'uri'",
                "/method/sparsity | \"half\" | wrong-type | expected a number, found the string",
                "/method/sparsity | null | wrong-type | expected a number, found null",
                "/method/sparsity | 1 | invalid-value | expected 0 <= sparsity < 1, found 1",
                "/method/sparsity | -0.1 | invalid-value | expected 0 <= sparsity < 1, found -0.1",
                "/method/blockSize | 0 | invalid-value | whole number from 1",
                "/method/blockSize | 1.5 | wrong-type | expected a whole number",
                "/method/damping | 0 | invalid-value | expected 0 < damping <= 1, found 0",
                "/method/minTokensPerExpert | -1 | invalid-value | whole number from 0",
                "/method/minTokenPerExpert | 5 | unknown-field | is 'minTokensPerExpert'",
                "/method/fewTokens | \"drop\" | invalid-value | one of [everyToken, report]",
                "/method/exactCount | \"yes\" | wrong-type | expected true or false",
                "/method/firstBlock | -1 | invalid-value | whole number from 0",
                "/method/firstBlock | 2 | not-plannable | expected a block below 2, found 2",
                "/method/lastBlock | 2 | not-plannable | expected a block below 2, found 2",
                "/method/include | \"all\" | wrong-type | expected an array",
                "/method/include | [] | not-plannable | no linear layer of the model is selected",
                "/calibration/samples | 0 | invalid-value | whole number from 1",
                "/calibration/samples | 2000000000 | invalid-value | found 2000000000",
                "/calibration/samples | 4194304 | invalid-value | in all samples",
                "/calibration/sequenceLength | 1 | invalid-value | whole number from 2",
                "/calibration/seed | 1e3 | wrong-type | expected a whole number",
                "/calibration | `` | missing-field | calibration data for sparsegpt",
                "/calibration | [] | wrong-type | expected an object, found an array",
                "/evaluation/dense | 1 | wrong-type | expected true or false",
                "/evaluation/perplexity | {} | wrong-type | expected an array",
                "/output/format | \"marlin-24\" | unsupported-format | expected one of [dense,"
                        + " pack",
                "/output/format | \"pack-quantized\" | unsupported-format"
                        + " | expected method.quantization with symmetric true, found none",
                "/method/quantization | {} | missing-field | one of [2, 3, 4, 8]",
                "/method/quantization | 4 | wrong-type | expected an object",
                "/method/quantization | {\"bits\": 4, \"group\": 1} | unknown-field | 'groupSize'",
                "/method/overrides | {\"q_proj\": {}} | missing-field | found neither",
                "/method/overrides | {\"q_proj\": {\"sparsity\": 1}} | invalid-value | found 1",
                "/method/overrides | {\"q_proj\": {\"pattern\": \"3:5\"}} | invalid-value"
                        + " | an m that divides blockSize 128, found '3:5'",
                "/method/overrides | {\"re:(\": {\"sparsity\": 0}} | invalid-value | broken"
                        + " regular",
                "/method/overrides | {\"q_proj\": {\"sparsty\": 0, \"pattern\": \"2:4\"}}"
                        + " | unknown-field | nearest known is 'sparsity'",
                "/method/overrides | {\"re:(.*)*\\\\1!\": {\"sparsity\": 0}} | invalid-value"
                        + " | takes too long",
                "/onFallback | \"ignore\" | invalid-value | found 'ignore'",
                "/priority | 5000 | invalid-value | from -1000 to 1000",
                "/labels | {\"a b\": \"c\"} | invalid-value | expected a name",
                "/model/revision | 7 | wrong-type | expected a string",
                "/model | `` | missing-field | expected an object, found none",
                "/method | `` | missing-field | expected an object, found none",
            })
    void faultyFieldIsNamed(String pointer, String value, String code, String detail)
            throws IOException {
        ValidatableResponse answer =
                Api.post(with(pointer, value))
                        .statusCode(422)
                        .contentType("application/problem+json")
                        .body("code", is(code))
                        .body("errors", hasSize(1))
                        .body("errors[0].code", is(code))
                        .body("errors[0].detail", containsString(detail));
        String place =
                switch (pointer) {
                    case "/calibration/samples", "/method/include" -> "/";
                    case "/labels" -> "/labels/a b";
                    default -> pointer;
                };
        answer.body("errors[0].pointer", containsString(place));
    }

    @Test
    void infiniteNumberIsRefused() {
        refused(Api.request().replace("0.5", "1e999"), "invalid-value", "/method/sparsity");
    }

    @Test
    void allFaultsAreToldAtOnce() {
        String body =
                """
                {"model": {"uri": "file:///nowhere/model"},
                 "method": {"name": "sparsegpt", "sparsity": 2, "blocksize": 128},
                 "calibration": {"uri": "file://%s", "samples": -1},
                 "priority": "high"}
                """
                        .formatted(Api.ids());

        Api.post(body)
                .statusCode(422)
                .body("code", is("invalid-request"))
                .body(
                        "errors.pointer",
                        containsInAnyOrder(
                                "/model/uri",
                                "/method/sparsity",
                                "/method/blocksize",
                                "/calibration/samples",
                                "/priority"));
    }

    @Test
    void bothAndNeitherTargetAreRefused() throws IOException {
        refused(with("/method/pattern", "\"2:4\""), "invalid-value", "/method")
                .body("detail", is("expected exactly one of sparsity and pattern, found both"));
        refused(with("/method/sparsity", ""), "missing-field", "/method")
                .body("detail", is("expected exactly one of sparsity and pattern, found neither"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0:4", "5:4", "2:65", "2", "a:b", "-1:4", "2:4:8"})
    void patternIsNOfM(String pattern) throws IOException {
        String method = "{\"name\": \"sparsegpt\", \"pattern\": \"%s\"}".formatted(pattern);

        refused(with("/method", method), "invalid-value", "/method/pattern")
                .body("detail", containsString("expected n:m with 0 < n <= m <= 64"));
    }

    @Test
    void blockSizeIsAMultipleOfTheGroup() throws IOException {
        String method = "{\"name\": \"sparsegpt\", \"pattern\": \"3:5\"}";

        refused(with("/method", method), "invalid-value", "/method/blockSize")
                .body("detail", is("expected a multiple of 5 for pattern 3:5, found 128"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"name\": \"gptq\", \"sparsity\": 0.5} | /method/name",
                "{\"name\": \"magnitude\", \"sparsity\": 0.5, \"quantization\": {\"bits\": 4}}"
                        + " | /method/quantization",
                "{\"name\": \"wanda\", \"sparsity\": 0.5, \"quantization\": {\"bits\": 4}}"
                        + " | /method/quantization",
                "{\"name\": \"sparsegpt\", \"sparsity\": 0.5, \"quantization\": {\"bits\": 5}}"
                        + " | /method/quantization/bits",
                "{\"name\": \"sparsegpt\", \"sparsity\": 0.5,"
                        + " \"quantization\": {\"bits\": 4, \"groupSize\": 16}}"
                        + " | /method/quantization/groupSize",
                "{\"name\": \"sparsegpt\", \"sparsity\": 0.5, \"refit\": {\"mode\": \"again\"}}"
                        + " | /method/refit/mode",
                "{\"name\": \"wanda\", \"sparsity\": 0.5, \"refit\": {\"mode\": \"refit\"}}"
                        + " | /method/refit",
                "{\"name\": \"magnitude\", \"sparsity\": 0.5, \"quality\": \"best\"}"
                        + " | /method/quality",
                "{\"name\": \"sparsegpt\", \"sparsity\": 0.5, \"propagation\": \"dense\","
                        + " \"refit\": {\"mode\": \"target\"}} | /method/refit/mode",
                "{\"name\": \"sparsegpt\", \"sparsity\": 0.5, \"propagation\": \"layerwise\"}"
                        + " | /method/propagation",
                "{\"name\": \"magnitude\", \"sparsity\": 0.5, \"propagation\": \"sequential\"}"
                        + " | /method/propagation",
            })
    void whatDoesNotExistIsRefusedWithWhatDoes(String method, String pointer) throws IOException {
        refused(with("/method", method), "unsupported-method", pointer)
                .body("detail", containsString("available: sparsegpt, magnitude or wanda"));
    }

    @Test
    void overrideThatDecidesNothingIsRefusedByName() throws IOException {
        String unmatched = "{\"re:.*a/b_proj\": {\"sparsity\": 0.3}}";
        refused(
                        with("/method/overrides", unmatched),
                        "not-plannable",
                        "/method/overrides/re:.*a~1b_proj")
                .body("detail", containsString("'re:.*a/b_proj' decides no linear"));
        String shadowed =
                "{\"*_proj\": {\"sparsity\": 0.3}, \"down_proj\": {\"pattern\": \"2:4\"}}";
        refused(with("/method/overrides", shadowed), "not-plannable", "/method/overrides/down_proj")
                .body("detail", containsString("an override before it matches them all"));
    }

    @Test
    void packedIntegersNeedSymmetricGridsAndWholeGroups() throws IOException {
        String packed = with("/output/format", "\"pack-quantized\"");
        String method = "{\"name\": \"sparsegpt\", \"sparsity\": 0.5, \"quantization\": %s}";

        refused(
                        withMethod(packed, method, "{\"bits\": 4, \"symmetric\": false}"),
                        "unsupported-format",
                        "/output/format")
                .body("detail", containsString("found symmetric false"))
                .body("detail", containsString("available: dense and sparse-bitmask"));
        refused(
                        withMethod(packed, method, "{\"bits\": 4, \"groupSize\": 32}"),
                        "not-plannable",
                        "/method/quantization/groupSize")
                .body("detail", containsString("a divisor of the 8 inputs of"));
    }

    private static String withMethod(String request, String method, String quantization)
            throws IOException {
        ObjectNode tree = (ObjectNode) JSON.readTree(request);
        tree.set("method", JSON.readTree(method.formatted(quantization)));
        return tree.toString();
    }

    @Test
    void packedIntegersOfTransposedWeightsAreRefused() throws IOException {
        ObjectNode request = (ObjectNode) JSON.readTree(Api.request());
        request.set(
                "method",
                JSON.readTree(
                        "{\"name\": \"sparsegpt\", \"sparsity\": 0.5,"
                                + " \"quantization\": {\"bits\": 4, \"groupSize\": 0}}"));
        ((ObjectNode) request.get("output")).put("format", "pack-quantized");
        Path model = TinyGpt2.write(Api.root().resolve("gpt2"));
        ((ObjectNode) request.get("model")).put("uri", "file://" + model);

        refused(request.toString(), "unsupported-format", "/output/format")
                .body("detail", containsString("those of gpt2 lie the other way round"));
    }

    @Test
    void brokenRegularExpressionIsRefused() throws IOException {
        refused(
                        with("/method/include", "[\"*q_proj\", \"re:(\"]"),
                        "invalid-value",
                        "/method/include/1")
                .body("detail", containsString("broken regular expression: Unclosed group"));
    }

    @Test
    void endlessRegularExpressionIsRefused() throws IOException {
        refused(
                        with("/method/exclude", "[\"re:(.*)*\\\\1!\"]"),
                        "invalid-value",
                        "/method/exclude/0")
                .body("detail", containsString("takes too long"));
    }

    @Test
    void suiteNamesAreUniqueAndSafe() throws IOException {
        String suite = "{\"name\": \"%s\", \"uri\": \"file://" + Api.ids() + "\"}";
        String same = "[" + suite.formatted("a") + "," + suite.formatted("a") + "]";
        String unsafe = "[" + suite.formatted("../a") + "]";

        refused(
                        with("/evaluation/perplexity", same),
                        "invalid-value",
                        "/evaluation/perplexity/1/name")
                .body("detail", containsString("found 'a' twice"));
        refused(
                        with("/evaluation/perplexity", unsafe),
                        "invalid-value",
                        "/evaluation/perplexity/0/name")
                .body("detail", containsString("found '../a'"));
    }

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

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "{\"model\": {}, \"model\": {}}",
                "{} {}",
                "{\"a\": 0123}",
                "{\"a\": NaN}",
                "{'a': 1}",
                "\u0001"
            })
    void malformedJsonIsABadRequest(String body) {
        Api.post(body)
                .statusCode(400)
                .contentType("application/problem+json")
                .body("code", is("malformed-json"))
                .body("detail", not(containsString("REDACTED")))
                .body("detail", notNullValue());
    }

    @Test
    void deepAndStrangeBodiesAreNoErrorsOfTheServer() throws IOException {
        Api.post("[".repeat(1200)).statusCode(400).body("code", is("malformed-json"));
        Api.post("[]").statusCode(422).body("errors[0].pointer", is(""));
        Api.post("null").statusCode(422);
        Api.post("\"text\"").statusCode(422);
        Api.post("{\"a\": " + "9".repeat(2000) + "}").statusCode(400);
        given().contentType("application/json")
                .body(new byte[] {'{', '"', (byte) 0xff, (byte) 0xfe, '"', ':', '1', '}'})
                .post("/v1/jobs")
                .then()
                .statusCode(400);
        refused(with("/labels/a", "\"\\u0000\""), "invalid-value", "/labels/a");
        String surrogate = Api.request().replace("\"a\"}", "\"\\ud800\"}");
        refused(surrogate, "invalid-value", "/labels/team");
        refused(with("/method/include", "[\"\\u0000\"]"), "invalid-value", "/method/include/0");
    }

    @Test
    void largeBodyIsRefused() {
        String body = "{\"x\": \"" + "a".repeat(1 << 20) + "\"}";

        Api.post(body)
                .statusCode(413)
                .contentType("application/problem+json")
                .body("code", is("request-too-large"));
    }

    @Test
    void largestBodyIsReadAndJudged() {
        String start = "{\"x\": \"";
        String body = start + "a".repeat((1 << 20) - start.length() - 2) + "\"}";

        Api.post(body).statusCode(422).body("errors.pointer", notNullValue());
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /v1/jobs/none, 404, not-found",
        "GET, /v1/jobs/NOT%20AN%20ID, 404, not-found",
        "GET, /v1/jobs/none/layers, 404, not-found",
        "GET, /v1/jobs/none/events, 404, not-found",
        "GET, /v1/jobs/none/evaluations, 404, not-found",
        "GET, /v1/jobs/none/artifacts, 404, not-found",
        "GET, /v1/jobs/none/artifacts/x, 404, not-found",
        "POST, /v1/jobs/none:cancel, 404, not-found",
        "POST, /v1/jobs/none:retry, 404, not-found",
        "DELETE, /v1/jobs/none, 404, not-found",
        "GET, /v1/nothing, 404, not-found",
        "GET, /, 404, not-found",
        "PUT, /v1/jobs, 405, method-not-allowed",
        "POST, /v1/workers, 405, method-not-allowed",
        "GET, /v1/jobs?pageSize=0, 400, invalid-parameter",
        "GET, /v1/jobs?pageSize=x, 400, invalid-parameter",
        "GET, /v1/jobs?pageToken=%21%21, 400, invalid-parameter",
        "GET, /v1/jobs?state=DONE, 400, invalid-parameter",
        "GET, /v1/jobs?stat=FAILED, 400, invalid-parameter",
        "GET, /v1/jobs?label.a=%00, 400, invalid-parameter",
        "GET, /v1/models/inspect, 400, invalid-parameter",
        "GET, /v1/models/inspect?uri=, 400, invalid-parameter",
    })
    void wrongAddressIsAProblem(String method, String path, int status, String code) {
        given().urlEncodingEnabled(false)
                .request(method, path)
                .then()
                .statusCode(status)
                .contentType("application/problem+json")
                .body("code", is(code))
                .body("status", is(status));
    }

    @Test
    void mediaTypesAreChecked() {
        given().contentType(ContentType.XML)
                .body("<a/>".getBytes(StandardCharsets.UTF_8))
                .post("/v1/jobs")
                .then()
                .statusCode(415)
                .contentType("application/problem+json")
                .body("code", is("unsupported-media-type"));
        given().accept(ContentType.XML)
                .get("/v1/jobs")
                .then()
                .statusCode(406)
                .contentType("application/problem+json")
                .body("code", is("not-acceptable"));
    }

    @Test
    void idempotencyKeyIsShortAndPrintable() {
        Api.json(Api.request())
                .header("Idempotency-Key", "a".repeat(256))
                .post("/v1/jobs")
                .then()
                .statusCode(400)
                .body("errors[0].parameter", is("Idempotency-Key"));
        Api.json(Api.request())
                .post("/v1/jobs?validateOnly=maybe")
                .then()
                .statusCode(400)
                .body("code", is("invalid-parameter"));
    }
}
