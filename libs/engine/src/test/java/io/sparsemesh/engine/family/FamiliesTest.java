package io.sparsemesh.engine.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sparsemesh.checkpoint.CheckpointException;
import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.matrix.Matrix;
import io.sparsemesh.engine.model.Block;
import io.sparsemesh.engine.model.BlockDescription;
import io.sparsemesh.engine.model.CausalLm;
import io.sparsemesh.engine.model.LinearDescription;
import io.sparsemesh.engine.model.ModelDescription;
import io.sparsemesh.engine.model.UnsupportedModelException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Configs and tensors of all families: what is described, what is refused, and the options no
/// golden case has.
class FamiliesTest {

    private static final int LENGTH = 6;

    @TempDir private Path folder;

    @Test
    void llamaIsDescribedByItsGroups() {
        ModelDescription model = describe(SmallModel.llama());

        assertThat(model.family()).isEqualTo("LLaMA");
        assertThat(model.dtype()).isEqualTo(Dtype.F32);
        assertThat(model.hiddenSize()).isEqualTo(8);
        assertThat(model.vocabularySize()).isEqualTo(11);
        assertThat(model.maxPositions()).isEqualTo(32);
        assertThat(model.tied()).isFalse();
        assertThat(model.head().tensor()).isEqualTo("lm_head.weight");
        assertThat(model.blocks()).hasSize(2);
        BlockDescription block = model.blocks().get(1);
        assertThat(names(block, "attention-input"))
                .containsExactly(
                        "model.layers.1.self_attn.q_proj",
                        "model.layers.1.self_attn.k_proj",
                        "model.layers.1.self_attn.v_proj");
        assertThat(names(block, "attention-output"))
                .containsExactly("model.layers.1.self_attn.o_proj");
        assertThat(names(block, "mlp-input"))
                .containsExactly("model.layers.1.mlp.gate_proj", "model.layers.1.mlp.up_proj");
        assertThat(names(block, "mlp-output")).containsExactly("model.layers.1.mlp.down_proj");
        assertThat(block.group("mlp-output").inputs()).isEqualTo(12);
        assertThat(block.group("attention-input").linears().get(1).shape()).containsExactly(4L, 8L);
    }

    @Test
    void gpt2SaysThatItsWeightsAreTransposed() {
        ModelDescription model = describe(SmallModel.gpt2());

        LinearDescription inner = model.blocks().getFirst().group("mlp-input").linears().getFirst();
        assertThat(inner.tensor()).isEqualTo("transformer.h.0.mlp.c_fc.weight");
        assertThat(inner.transposed()).isTrue();
        assertThat(inner.shape()).containsExactly(8L, 32L);
        assertThat(inner.outputs()).isEqualTo(32);
        assertThat(model.tied()).isTrue();
        assertThat(model.head().tensor()).isEqualTo("transformer.wte.weight");
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "gpt2", "opt", "bloom"})
    void blocksDifferInTheirNumberOnly(String type) {
        ModelDescription model = describe(SmallModel.of(type));

        List<String> first = tensors(model.blocks().get(0));
        List<String> second = tensors(model.blocks().get(1));

        assertThat(second)
                .isEqualTo(first.stream().map(name -> name.replaceFirst("\\.0\\.", ".1.")).toList())
                .isNotEqualTo(first);
    }

    @Test
    void blocksOfEveryGoldenCaseDifferInTheirNumberOnly() {
        List<Path> cases = GoldenModels.own();

        assertThat(cases).hasSizeGreaterThanOrEqualTo(18);
        for (Path path : cases) {
            try (ModelFolder opened = ModelFolder.open(path)) {
                ModelDescription model = Families.describe(opened);
                List<String> first = tensors(model.blocks().get(0));
                List<String> expected =
                        first.stream().map(name -> name.replaceFirst("\\.0\\.", ".1.")).toList();
                assertThat(tensors(model.blocks().get(1))).as("%s", path).isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "falcon-sequential | alibi | true | expected one of [false], found 'true'",
                "falcon-one-norm | parallel_attn | false | expected one of [true], found 'false'",
                "falcon-one-norm | num_ln_in_parallel_attn | 3 | one of [1, 2], found '3'",
                "gemma-one-key | use_bidirectional_attention | true | found 'true'",
                "gemma2-capped | use_bidirectional_attention | true | found 'true'",
                "gemma2-capped | layer_types | ['full_attention','ring'] | found 'ring'",
                "gpt_neo-window | attention_types | [[['ring','local'],1]] | found 'ring'",
                "gptj-inner | rotary_dim | null | expected one of [a number], found 'null'",
                "gptj-inner | tie_word_embeddings | true | found 'true'",
                "mistral-window | layer_types | ['full_attention'] | found 'a list'",
                "mistral-window | rope_parameters | {'full_attention': {}} | full_attention",
                "mixtral | rope_parameters | {'rope_type': 'yarn'} | found 'yarn'",
                "phi-head-norms | tie_word_embeddings | true | found 'true'",
                "phi3-window-part | rope_scaling | {'type': 'longrope'} | found 'longrope'",
                "qwen2_moe | decoder_sparse_step | 2 | expected one of [1], found '2'",
                "qwen2_moe | mlp_only_layers | [1] | expected one of [[]], found '[1]'",
                "qwen2_moe | use_sliding_window | true | found 'true'"
            })
    void optionThatIsNotSupportedIsRefusedByName(
            String name, String key, String value, String message) {
        Path model = Recast.with(name, key, value, folder);
        assertThatThrownBy(() -> described(model))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageStartingWith("[config.json] ")
                .hasMessageContaining(key)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "gemma2-capped | layer_types | ['full_attention'] | one for each of 2 blocks",
                "gemma2-capped | layer_types | [1, 2] | a list of strings",
                "gpt_neo-window | attention_types | [[['local'],1]] | types of 2 blocks, found 1",
                "gpt_neo-window | attention_types | 3 | a list of objects or lists",
                "gptj-inner | rotary_dim | 5 | an even number of the 8 columns, found 5",
                "gptj-inner | rotary_dim | 10 | an even number of the 8 columns, found 10",
                "mixtral | num_experts_per_tok | 6 | at most the 5 experts, found 6",
                "phi-head-norms | rope_parameters | {'partial_rotary_factor': 0.4} | an even number",
                "qwen2-window | max_window_layers | -1 | a whole number from 0 to 2^24, found -1",
                "qwen2-window | num_key_value_heads | 3 | a divisor of the 4 heads, found 3"
            })
    void optionThatMakesNoSenseIsNamed(String name, String key, String value, String message) {
        Path model = Recast.with(name, key, value, folder);
        assertThatThrownBy(() -> described(model))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(message);
    }

    private static ModelDescription described(Path model) {
        try (ModelFolder opened = ModelFolder.open(model)) {
            return Families.describe(opened);
        }
    }

    @Test
    void bloomNamesNoLongestSequenceUnlessItsConfigDoes() {
        assertThat(describe(SmallModel.bloom()).maxPositions())
                .isEqualTo(ModelDescription.UNLIMITED);
        assertThat(describe(SmallModel.bloom().with("seq_length", 2048)).maxPositions())
                .isEqualTo(2048);
    }

    @Test
    void unknownTypeNamesTheSupportedOnes() {
        UnsupportedModelException e =
                catchThrowableOfType(
                        UnsupportedModelException.class,
                        () -> describe(SmallModel.llama().with("model_type", "mamba")));

        assertThat(e.type()).isEqualTo("mamba");
        assertThat(e.supported()).isEqualTo(Families.supported());
        assertThat(e)
                .hasMessage(
                        "[config.json] model_type: expected one of [bloom, falcon, gemma, gemma2,"
                                + " gpt2, gptj, gpt_neo, gpt_neox, llama, mistral, mixtral, opt, phi,"
                                + " phi3, qwen2, qwen2_moe, qwen3, stablelm], found 'mamba'");
    }

    @ParameterizedTest
    @CsvSource({
        "llama, hidden_act, cubic",
        "opt, activation_function, cubic",
        "gpt2, activation_function, cubic",
    })
    void unknownActivationIsRefused(String type, String key, String value) {
        assertThatThrownBy(() -> describe(SmallModel.of(type).with(key, value)))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining(key + " of a model of type '" + type + "'")
                .hasMessageContaining("gelu_new")
                .hasMessageEndingWith("found 'cubic'");
    }

    @ParameterizedTest
    @CsvSource({
        "rope_scaling, type, rope_scaling.type",
        "rope_scaling, rope_type, rope_scaling.rope_type",
        "rope_parameters, rope_type, rope_parameters.rope_type"
    })
    void unknownRotaryScalingIsRefused(String object, String key, String named) {
        SmallModel model = SmallModel.llama().withObject(object, key, "yarn", "factor", 2.0);
        assertThatThrownBy(() -> describe(model))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessage(
                        "[config.json] %s of a model of type 'llama': expected one of"
                                        .formatted(named)
                                + " [default, linear, llama3], found 'yarn'");
    }

    @Test
    void optionsThatChangeTheComputationAreRefused() {
        assertThatThrownBy(
                        () ->
                                describe(
                                        SmallModel.llama()
                                                .withObject("quantization_config", "bits", 4)))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("quantization_config");
        assertThatThrownBy(() -> describe(SmallModel.llama().with("partial_rotary_factor", 0.5)))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("partial_rotary_factor");
        assertThatThrownBy(() -> describe(SmallModel.gpt2().with("add_cross_attention", true)))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("add_cross_attention");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "num_hidden_layers | 0 | a whole number from 1 to 2^24, found 0",
                "num_hidden_layers | 5000 | a whole number up to 4096, found 5000",
                "head_dim | 2000000000 | a whole number from 1 to 2^24, found 2000000000",
                "num_attention_heads | 3 | a divisor of the hidden size 8, found 3",
                "num_key_value_heads | 3 | a divisor of the 4 heads, found 3",
                "head_dim | 3 | an even head size for rotation, found 3",
                "rms_norm_eps | -1 | a positive number, found -1",
                "tie_word_embeddings | 1 | true or false, found 1"
            })
    void badConfigValueIsNamed(String key, int value, String message) {
        assertThatThrownBy(() -> describe(SmallModel.llama().with(key, value)))
                .isInstanceOf(CheckpointException.class)
                .hasMessage("[config.json] " + key + ": expected " + message);
    }

    @Test
    void missingConfigValueIsNamed() {
        assertThatThrownBy(() -> describe(SmallModel.llama().without("hidden_size")))
                .isInstanceOf(CheckpointException.class)
                .hasMessage("[config.json] hidden_size: expected a value, found none");
    }

    @Test
    void missingTensorIsNamed() {
        CheckpointException e =
                catchThrowableOfType(
                        CheckpointException.class,
                        () ->
                                describe(
                                        SmallModel.opt()
                                                .withoutTensor("model.decoder.layers.1.fc2.bias")));

        assertThat(e.tensor()).isEqualTo("model.decoder.layers.1.fc2.bias");
        assertThat(e).hasMessageContaining("expected it in one of [model.safetensors], found none");
    }

    @Test
    void wrongShapeNamesBothShapes() {
        assertThatThrownBy(
                        () ->
                                describe(
                                        SmallModel.llama()
                                                .withTensor(
                                                        "model.layers.0.mlp.up_proj.weight",
                                                        Dtype.F32,
                                                        8L,
                                                        12L)))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("tensor 'model.layers.0.mlp.up_proj.weight'")
                .hasMessageContaining("expected shape [12, 8], found [8, 12]");
    }

    @Test
    void weightsOfAnotherTypeAreRefused() {
        assertThatThrownBy(
                        () ->
                                describe(
                                        SmallModel.llama()
                                                .withTensor("model.norm.weight", Dtype.F64, 8L)))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("expected one of [F32, F16, BF16], found F64");
    }

    @Test
    void untiedModelNeedsItsHead() {
        assertThatThrownBy(() -> describe(SmallModel.llama().withoutTensor("lm_head.weight")))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("'lm_head.weight'");
        assertThat(
                        describe(
                                        SmallModel.llama()
                                                .withoutTensor("lm_head.weight")
                                                .with("tie_word_embeddings", true))
                                .tied())
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void weightThatIsNotFiniteIsNamedWithItsIndex(float value) {
        SmallModel model =
                SmallModel.llama()
                        .withValue("model.layers.1.mlp.down_proj.weight", 3 * 12 + 5, value);
        try (ModelFolder opened = ModelFolder.open(model.write(folder));
                Device device = Devices.open("naive", 1);
                CausalLm lm = Families.open(opened, device)) {
            lm.loadBlock(0).close();
            assertThatThrownBy(() -> lm.loadBlock(1))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessage(
                            "[model.safetensors] tensor 'model.layers.1.mlp.down_proj.weight':"
                                    + " expected finite values, found %s at [3, 5]",
                            value);
        }
    }

    @Test
    void embeddingThatIsNotFiniteIsNamedWhenItsTokenIsUsed() {
        SmallModel model =
                SmallModel.llama().withValue("model.embed_tokens.weight", 4 * 8, Float.NaN);
        try (ModelFolder opened = ModelFolder.open(model.write(folder));
                Device device = Devices.open("naive", 1);
                CausalLm lm = Families.open(opened, device);
                Arena arena = Arena.ofShared()) {
            assertThatThrownBy(() -> lm.embed(arena, new int[] {1, 4}, 2))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("found NaN at [4, 0]");
        }
    }

    @Test
    void tokensBeyondTheVocabularyAndPositionsAreRefused() {
        try (ModelFolder opened = ModelFolder.open(SmallModel.opt().write(folder));
                Device device = Devices.open("naive", 1);
                CausalLm lm = Families.open(opened, device);
                Arena arena = Arena.ofShared()) {
            assertThatThrownBy(() -> lm.embed(arena, new int[] {1, 11}, 2))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(
                            "token 1: expected an id below 11, the size of the vocabulary, found 11");
            assertThatThrownBy(() -> lm.embed(arena, new int[33], 33))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("expected sequences of at most 32 tokens, found 33");
            assertThatThrownBy(() -> lm.embed(arena, new int[7], 3))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("whole sequences of 3 tokens, found 7 rows");
        }
    }

    @Test
    void bothSpellingsOfRotaryParametersMeanTheSame() {
        float[] old =
                logits(
                        SmallModel.llama()
                                .with("rope_theta", 500.0)
                                .withObject("rope_scaling", "type", "linear", "factor", 4.0));
        float[] current =
                logits(
                        SmallModel.llama()
                                .without("rope_theta")
                                .withObject(
                                        "rope_parameters",
                                        "rope_type",
                                        "linear",
                                        "factor",
                                        4.0,
                                        "rope_theta",
                                        500.0));
        assertThat(current).isEqualTo(old).isNotEqualTo(logits(SmallModel.llama()));
    }

    @Test
    void headSizeNeedNotBeTheHiddenSizeByTheHeads() {
        SmallModel model = SmallModel.llama().with("head_dim", 6);
        for (int block = 0; block < 2; block++) {
            String attention = "model.layers." + block + ".self_attn.";
            model.withTensor(attention + "q_proj.weight", Dtype.F32, 24L, 8L)
                    .withTensor(attention + "k_proj.weight", Dtype.F32, 12L, 8L)
                    .withTensor(attention + "v_proj.weight", Dtype.F32, 12L, 8L)
                    .withTensor(attention + "o_proj.weight", Dtype.F32, 8L, 24L);
        }
        assertThat(logits(model)).hasSize(LENGTH * 11);
    }

    @Test
    void gpt2CanScaleAttentionByTheBlock() {
        // With equal weights in all blocks, 1 / (index + 1) is what block 1 has half of.
        float[] plain = hidden(SmallModel.gpt2(), 1);
        float[] scaled = hidden(SmallModel.gpt2().with("scale_attn_by_inverse_layer_idx", true), 1);
        SmallModel halved = SmallModel.gpt2();
        halved.scale("transformer.h.1.attn.c_attn.weight", 0, 8, 24, 0.5f);
        halved.scale("transformer.h.1.attn.c_attn.bias", 0, 8, 24, 0.5f);

        assertThat(GoldenModels.largestDifference(scaled, hidden(halved, 1))).isLessThan(1e-6);
        assertThat(GoldenModels.largestDifference(scaled, plain)).isGreaterThan(1e-4);
    }

    @Test
    void optWithoutAffineNormsNeedsNoNormWeights() {
        SmallModel model = SmallModel.opt();
        SmallModel bare = SmallModel.opt().with("layer_norm_elementwise_affine", false);
        for (String tensor : List.copyOf(bare.tensors())) {
            if (tensor.contains("layer_norm")) {
                bare.withoutTensor(tensor);
                model.fill(tensor, tensor.endsWith("weight") ? 1 : 0);
            }
        }
        assertThat(logits(bare)).isEqualTo(logits(model));
    }

    @Test
    void optMayLackTheFinalNorm() {
        SmallModel bare =
                SmallModel.opt()
                        .with("_remove_final_layer_norm", true)
                        .withoutTensor("model.decoder.final_layer_norm.weight")
                        .withoutTensor("model.decoder.final_layer_norm.bias");
        assertThat(logits(bare)).isNotEqualTo(logits(SmallModel.opt()));
    }

    private float[] logits(SmallModel model) {
        return run(model, 2, true);
    }

    private float[] hidden(SmallModel model, int lastBlock) {
        return run(model, lastBlock + 1, false);
    }

    private float[] run(SmallModel small, int blocks, boolean head) {
        try (ModelFolder opened = ModelFolder.open(small.write(folder));
                Device device = Devices.open("naive", 1);
                CausalLm lm = Families.open(opened, device);
                Arena arena = Arena.ofShared()) {
            int[] ids = IntStream.range(0, LENGTH).map(i -> i * 3 % 11).toArray();
            Matrix hidden = lm.embed(arena, ids, LENGTH);
            for (int b = 0; b < blocks; b++) {
                try (Block block = lm.loadBlock(b)) {
                    block.forward(hidden, LENGTH);
                }
            }
            return (head ? lm.logits(arena, hidden) : hidden).toArray();
        }
    }

    private ModelDescription describe(SmallModel model) {
        try (ModelFolder opened = ModelFolder.open(model.write(folder))) {
            return Families.describe(opened);
        }
    }

    private static List<String> names(BlockDescription block, String group) {
        return block.group(group).linears().stream().map(LinearDescription::name).toList();
    }

    private static List<String> tensors(BlockDescription block) {
        return block.tensors().map(weight -> weight.tensor()).toList();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "2730 | the config asks for it, expected it in one of",
                "2731 | num_local_experts: expected at most 21845 experts in all 8 blocks",
            })
    void moreExpertsThanACheckpointHoldsAreNotDescribed(int experts, String message)
            throws IOException {
        Path model = Recast.with("mixtral", "num_hidden_layers", "8", folder);
        Path config = model.resolve("config.json");
        String text = Files.readString(config);
        String many = "\"num_local_experts\":" + experts;
        Files.writeString(config, text.replaceFirst("\"num_local_experts\":5", many));

        assertThatThrownBy(() -> described(model))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(message);
    }
}
