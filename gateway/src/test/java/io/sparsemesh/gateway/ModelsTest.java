package io.sparsemesh.gateway;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
@WithTestResource(GatewayServers.class)
class ModelsTest {

    private static final Path GOLDEN = Path.of("../libs/engine/src/test/resources/golden/models");

    private static ValidatableResponse inspect(String uri) {
        return given().queryParam("uri", uri).get("/v1/models/inspect").then();
    }

    private static Path folder() throws IOException {
        return Files.createDirectory(Api.root().resolve("model-" + UUID.randomUUID()));
    }

    private static void notPrunable(Path folder, String code, String reason) {
        inspect("file://" + folder)
                .statusCode(200)
                .body("uri", is("file://" + folder))
                .body("prunable", is(false))
                .body("code", is(code))
                .body("reason", containsString(reason))
                .body("groups", nullValue());
    }

    @Test
    void sizesOfAPrunableModelAreCounted() {
        inspect("file:" + Api.model())
                .statusCode(200)
                .body("family", is("LLaMA"))
                .body("hiddenSize", is(8))
                .body("vocabularySize", is(32))
                .body("maxPositions", is(64))
                .body("prunableParameters", is(2 * (8 * 8 + 4 * 8 + 4 * 8 + 8 * 8 + 3 * 8 * 16)))
                .body("parameters", is(2 * (192 + 384 + 16) + 8 + 2 * 256))
                .body("groups.size()", is(4))
                .body("groups[0].linears.size()", is(3))
                .body("groups[0].inputs", is(8))
                .body("otherLinears[0].reason", is("not in a block"))
                .body("code", nullValue())
                .body("reason", nullValue());
    }

    @Test
    void pickledModelIsNotPrunable() throws IOException {
        Path folder = folder();
        Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"opt\"}");
        Files.writeString(folder.resolve("pytorch_model.bin"), "x");

        notPrunable(folder, "invalid-model", "pickle files can run code and are never read");
    }

    @Test
    void missingTensorIsNamed() throws IOException {
        String tensor = "model.layers.0.self_attn.o_proj.weight";

        notPrunable(TinyLlama.write(folder(), "llama", tensor), "invalid-model", tensor);
    }

    @Test
    void unknownTypeIsToldWithTheKnownOnes() throws IOException {
        Path folder = TinyLlama.write(folder(), "mamba", "");

        notPrunable(folder, "unsupported-model", "'mamba'");
        String known =
                "[bloom, falcon, gemma, gemma2, gpt2, gptj, gpt_neo, gpt_neox, llama, mistral,"
                        + " mixtral, opt, phi, phi3, qwen2, qwen2_moe, qwen3, stablelm]";
        notPrunable(folder, "unsupported-model", known);
    }

    /// The small models of the engine's tests.
    @ParameterizedTest
    @CsvSource({
        "falcon-one-norm, Falcon, 3, 4, block-input",
        "falcon-sequential, Falcon, 4, 4, attention-input",
        "gemma-one-key, Gemma, 4, 7, attention-input",
        "gemma2-capped, Gemma 2, 4, 7, attention-input",
        "gpt_neo-window, GPT-Neo, 4, 6, attention-input",
        "gpt_neox-unbiased-tied, GPT-NeoX, 4, 4, attention-input",
        "gptj-inner, GPT-J, 3, 6, block-input",
        "mistral-window, Mistral, 4, 7, attention-input",
        "mixtral, Mixtral, 12, 19, attention-input",
        "phi-head-norms, Phi, 3, 6, block-input",
        "phi3-window-part, Phi-3, 4, 4, attention-input",
        "qwen2-window, Qwen2, 4, 7, attention-input",
        "qwen2_moe, Qwen2-MoE, 16, 25, attention-input",
        "qwen3-biased, Qwen3, 4, 7, attention-input",
        "stablelm-parallel, StableLM, 3, 7, block-input"
    })
    void everyFamilyIsPlannedByItsGroups(
            String name, String family, int groups, int linears, String first) throws IOException {
        Path folder = folder();
        for (String file : List.of("config.json", "model.safetensors")) {
            Files.copy(GOLDEN.resolve(name).resolve(file), folder.resolve(file));
        }

        inspect("file://" + folder)
                .statusCode(200)
                .body("prunable", is(true))
                .body("family", is(family))
                .body("blocks", is(2))
                .body("groups.size()", is(groups))
                .body("groups.collect { it.linears.size() }.sum()", is(linears))
                .body("groups[0].name", is(first));
    }

    @Test
    void emptyFolderIsNotPrunable() throws IOException {
        notPrunable(folder(), "invalid-model", "expected model.safetensors");
    }

    @Test
    void brokenConfigIsNotPrunable() throws IOException {
        Path folder = TinyLlama.write(folder());
        Files.writeString(folder.resolve("config.json"), "{\"model_type\": ");

        notPrunable(folder, "invalid-model", "[config.json]");
    }

    @ParameterizedTest
    @CsvSource({
        "file:///etc, path-outside-roots",
        "file:///..%2fetc, path-outside-roots",
        "s3://bucket/model, source-not-allowed",
        "hf://facebook/opt-125m, model-not-found",
        "hf://opt-125m, invalid-uri",
        "opt-125m, invalid-uri",
    })
    void uriThatMayNotBeNamedIsRefused(String uri, String code) {
        inspect(uri)
                .statusCode(422)
                .contentType("application/problem+json")
                .body("code", is(code))
                .body("errors[0].parameter", is("uri"));
    }

    @Test
    void missingFolderIsRefused() {
        inspect("file:" + Api.root() + "/nothing-here")
                .statusCode(422)
                .body("code", is("model-not-found"))
                .body("detail", containsString("nothing-here"));
    }
}
