package io.sparsemesh.engine.family;

import static io.sparsemesh.engine.model.InputGroup.ATTENTION_INPUT;
import static io.sparsemesh.engine.model.InputGroup.ATTENTION_OUTPUT;
import static io.sparsemesh.engine.model.InputGroup.MLP_INPUT;
import static io.sparsemesh.engine.model.InputGroup.MLP_OUTPUT;

import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.engine.device.Activation;
import io.sparsemesh.engine.matrix.Matrix;
import io.sparsemesh.engine.model.Architecture;
import io.sparsemesh.engine.model.BlockDescription;
import io.sparsemesh.engine.model.Family;
import io.sparsemesh.engine.model.InputGroup;
import io.sparsemesh.engine.model.LinearDescription;
import io.sparsemesh.engine.model.ModelConfig;
import io.sparsemesh.engine.model.ModelDescription;
import io.sparsemesh.engine.model.Pass;
import io.sparsemesh.engine.model.WeightDescription;
import java.util.ArrayList;
import java.util.List;

/// GPT-NeoX and Pythia (Black et al. 2022): queries, keys and values interleaved head by head
/// in one projection, the first part of each head rotated, attention and feed-forward side by
/// side on two norms, or one after the other.
final class GptNeoXFamily implements Family {

    private static final String EMBEDDING = "embed_in.weight";
    private static final String FINAL_NORM = "final_layer_norm";
    private static final String ATTENTION_NORM = "input_layernorm";
    private static final String MLP_NORM = "post_attention_layernorm";

    @Override
    public String modelType() {
        return "gpt_neox";
    }

    @Override
    public Architecture read(ModelConfig config, ModelFolder folder) {
        String prefix = Prefixes.find(folder, EMBEDDING, "gpt_neox.", "");
        Config read = Config.read(config);
        return new GptNeoX(read, prefix, describe(read, prefix, folder));
    }

    private record Config(
            Sizes sizes,
            HeadLayout heads,
            double epsilon,
            Activation activation,
            boolean parallel,
            boolean biased,
            boolean tied,
            Rotary rotary) {

        private static final Rotary.Keys ROTARY =
                new Rotary.Keys("rotary_emb_base", 10_000, "rotary_pct", 0.25);

        static Config read(ModelConfig config) {
            Sizes sizes = Sizes.read(config);
            HeadLayout heads = HeadLayout.even(config, "num_attention_heads", sizes.hidden());
            return new Config(
                    sizes,
                    heads,
                    config.positive("layer_norm_eps", 1e-5),
                    Activations.read(config, "hidden_act", "gelu"),
                    config.flag("use_parallel_residual", true),
                    config.flag("attention_bias", true),
                    config.flag("tie_word_embeddings", false),
                    Rotary.part(config, heads.size(), ROTARY));
        }
    }

    private static ModelDescription describe(Config c, String prefix, ModelFolder folder) {
        long n = c.sizes.hidden();
        String embedding = prefix + EMBEDDING;
        List<WeightDescription> weights = new ArrayList<>();
        weights.add(WeightDescription.of(embedding, c.sizes.vocabulary(), n));
        weights.addAll(WeightDescription.layerNorms(n, prefix + FINAL_NORM));
        String head = c.tied ? embedding : "embed_out.weight";
        return c.sizes.describe(
                "GPT-NeoX",
                "gpt_neox",
                folder,
                index -> block(c, prefix + "layers." + index + ".", index),
                weights,
                new LinearDescription(head, n, c.sizes.vocabulary(), false, false));
    }

    private static BlockDescription block(Config c, String block, int index) {
        long n = c.sizes.hidden();
        long inner = c.sizes.feedForward();
        String attention = block + "attention.";
        String mlp = block + "mlp.";
        List<InputGroup> groups =
                List.of(
                        InputGroup.of(
                                ATTENTION_INPUT,
                                LinearDescription.of(
                                        attention + "query_key_value", n, 3 * n, c.biased)),
                        InputGroup.of(
                                ATTENTION_OUTPUT,
                                LinearDescription.of(attention + "dense", n, n, c.biased)),
                        InputGroup.of(
                                MLP_INPUT,
                                LinearDescription.of(mlp + "dense_h_to_4h", n, inner, true)),
                        InputGroup.of(
                                MLP_OUTPUT,
                                LinearDescription.of(mlp + "dense_4h_to_h", inner, n, true)));
        return new BlockDescription(
                index,
                block,
                groups,
                WeightDescription.layerNorms(n, block + ATTENTION_NORM, block + MLP_NORM));
    }

    private record GptNeoX(Config config, String prefix, ModelDescription description)
            implements Architecture {

        @Override
        public void embed(Pass pass, int[] ids, Matrix hidden) {
            pass.lookUp(prefix + EMBEDDING, ids, config.sizes.vocabulary(), hidden);
        }

        @Override
        public void forward(Pass pass, BlockDescription block, Matrix hidden) {
            Matrix attended = attend(pass, block, norm(pass, block, ATTENTION_NORM, hidden));
            if (!config.parallel) {
                pass.ops().add(attended, hidden);
            }
            Matrix x = norm(pass, block, MLP_NORM, hidden);
            if (config.parallel) {
                pass.ops().add(attended, hidden);
            }
            pass.ops().add(FeedForward.plain(pass, block, config.activation, x), hidden);
        }

        private Matrix norm(Pass pass, BlockDescription block, String name, Matrix hidden) {
            Matrix normed = pass.scratch("normed", hidden.cols());
            pass.layerNorm(block.prefix() + name, config.epsilon, hidden, normed);
            return normed;
        }

        private Matrix attend(Pass pass, BlockDescription block, Matrix x) {
            Matrix projection = pass.linear(block.group(ATTENTION_INPUT), x);
            Matrix mixed =
                    Qkv.grouped(projection, config.heads)
                            .rotated(pass, config.rotary)
                            .attend(pass, config.heads.attention(pass));
            return pass.linear(block.group(ATTENTION_OUTPUT), mixed);
        }

        @Override
        public Matrix beforeHead(Pass pass, Matrix hidden) {
            Matrix normed = pass.scratch("normed", hidden.cols());
            pass.layerNorm(prefix + FINAL_NORM, config.epsilon, hidden, normed);
            return normed;
        }
    }
}
