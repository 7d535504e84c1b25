package io.sparsemesh.engine.family;

import static io.sparsemesh.engine.model.InputGroup.ATTENTION_INPUT;
import static io.sparsemesh.engine.model.InputGroup.ATTENTION_OUTPUT;

import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.engine.device.Activation;
import io.sparsemesh.engine.device.Attention;
import io.sparsemesh.engine.matrix.Matrix;
import io.sparsemesh.engine.model.Architecture;
import io.sparsemesh.engine.model.BlockDescription;
import io.sparsemesh.engine.model.Family;
import io.sparsemesh.engine.model.InputGroup;
import io.sparsemesh.engine.model.ModelConfig;
import io.sparsemesh.engine.model.ModelDescription;
import io.sparsemesh.engine.model.Pass;
import io.sparsemesh.engine.model.WeightDescription;
import java.util.ArrayList;
import java.util.List;

/// Qwen3 (Yang et al. 2025): Qwen2's block with an RMS norm on each query and key head instead of
/// biases.
final class Qwen3Family implements Family {

    private static final String EMBEDDING = "embed_tokens.weight";
    private static final String FINAL_NORM = "norm";
    private static final String ATTENTION_NORM = "input_layernorm";
    private static final String QUERY_NORM = "self_attn.q_norm";
    private static final String KEY_NORM = "self_attn.k_norm";
    private static final String MLP_NORM = "post_attention_layernorm";

    @Override
    public String modelType() {
        return "qwen3";
    }

    @Override
    public Architecture read(ModelConfig config, ModelFolder folder) {
        String prefix = Prefixes.find(folder, EMBEDDING, "model.", "");
        Config read = Config.read(config);
        return new Qwen3(read, prefix, describe(read, prefix, folder));
    }

    private record Config(
            Sizes sizes,
            HeadLayout heads,
            double epsilon,
            Activation activation,
            boolean biased,
            boolean tied,
            List<Long> windows,
            Rotary rotary) {

        static Config read(ModelConfig config) {
            Sizes sizes = Sizes.read(config);
            HeadLayout heads = HeadLayout.read(config, sizes.hidden());
            return new Config(
                    sizes,
                    heads,
                    config.positive("rms_norm_eps", 1e-6),
                    Activations.read(config, "hidden_act", "silu"),
                    config.flag("attention_bias", false),
                    config.flag("tie_word_embeddings", false),
                    windows(config, sizes.blocks()),
                    Rotary.whole(config, heads.size()));
        }

        /// The window is off unless asked for; then the first blocks still see everything.
        private static List<Long> windows(ModelConfig config, int blocks) {
            boolean slides = config.flag("use_sliding_window", false);
            long window = slides ? Windows.size(config, 4096) : Attention.ALL;
            long full = config.has("max_window_layers") ? config.whole("max_window_layers") : 28;
            return Windows.each(config, blocks, window, block -> block >= full);
        }
    }

    private static ModelDescription describe(Config c, String prefix, ModelFolder folder) {
        long n = c.sizes.hidden();
        String embedding = prefix + EMBEDDING;
        return c.sizes.describe(
                "Qwen3",
                "qwen3",
                folder,
                index -> block(c, prefix + "layers." + index + ".", index),
                List.of(
                        WeightDescription.of(embedding, c.sizes.vocabulary(), n),
                        WeightDescription.of(prefix + FINAL_NORM + ".weight", n)),
                Dimensions.head(c.tied, embedding, n, c.sizes.vocabulary()));
    }

    private static BlockDescription block(Config c, String block, int index) {
        long n = c.sizes.hidden();
        List<InputGroup> groups =
                Linears.both(
                        Linears.attention(block + "self_attn.", n, c.heads, c.biased, c.biased),
                        Linears.gated(block + "mlp.", n, c.sizes.feedForward(), false));
        List<WeightDescription> norms = new ArrayList<>();
        norms.addAll(WeightDescription.rmsNorms(n, block + ATTENTION_NORM, block + MLP_NORM));
        norms.addAll(
                WeightDescription.rmsNorms(c.heads.size(), block + QUERY_NORM, block + KEY_NORM));
        return new BlockDescription(index, block, groups, norms);
    }

    private record Qwen3(Config config, String prefix, ModelDescription description)
            implements Architecture {

        @Override
        public void embed(Pass pass, int[] ids, Matrix hidden) {
            pass.lookUp(prefix + EMBEDDING, ids, config.sizes.vocabulary(), hidden);
        }

        @Override
        public void forward(Pass pass, BlockDescription block, Matrix hidden) {
            Matrix normed = pass.scratch("normed", hidden.cols());
            pass.rmsNorm(block.prefix() + ATTENTION_NORM, config.epsilon, hidden, normed);
            pass.ops().add(attend(pass, block, normed), hidden);

            pass.rmsNorm(block.prefix() + MLP_NORM, config.epsilon, hidden, normed);
            pass.ops().add(FeedForward.gated(pass, block, config.activation, normed), hidden);
        }

        private Matrix attend(Pass pass, BlockDescription block, Matrix x) {
            List<Matrix> projections = pass.linears(block.group(ATTENTION_INPUT), x);
            norm(pass, block.prefix() + QUERY_NORM, projections.get(0));
            norm(pass, block.prefix() + KEY_NORM, projections.get(1));
            Attention attention =
                    config.heads.attention(pass).within(config.windows.get(block.index()));
            Matrix mixed =
                    Qkv.separate(projections, config.heads)
                            .rotated(pass, config.rotary)
                            .attend(pass, attention);
            return pass.linear(block.group(ATTENTION_OUTPUT), mixed);
        }

        private void norm(Pass pass, String name, Matrix projection) {
            Matrix heads = config.heads.rows(projection);
            pass.rmsNorm(name, config.epsilon, heads, heads);
        }

        @Override
        public Matrix beforeHead(Pass pass, Matrix hidden) {
            Matrix normed = pass.scratch("normed", hidden.cols());
            pass.rmsNorm(prefix + FINAL_NORM, config.epsilon, hidden, normed);
            return normed;
        }
    }
}
