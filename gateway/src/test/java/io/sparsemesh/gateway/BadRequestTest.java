package io.sparsemesh.gateway;

import static io.sparsemesh.gateway.Refusals.JSON;
import static io.sparsemesh.gateway.Refusals.refused;
import static io.sparsemesh.gateway.Refusals.with;
import static org.hamcrest.Matchers.containsInAnyOrder;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Fields of a request that are wrong by themselves or do not go together.
@QuarkusTest
@WithTestResource(GatewayServers.class)
class BadRequestTest {

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

    /// Quick on the last block's names, endless on the first one's.
    @ParameterizedTest
    @ValueSource(strings = {"include", "exclude"})
    @Timeout(60)
    void regularExpressionThatIsEndlessOnOneBlockIsRefused(String field) throws IOException {
        refused(
                        with(
                                "/method/" + field,
                                "[\"*_proj\", \"re:(?!.*\\\\.1\\\\.)(.*)*\\\\1!\"]"),
                        "invalid-value",
                        "/method/" + field + "/1")
                .body("detail", containsString(".layers.0."))
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
}
