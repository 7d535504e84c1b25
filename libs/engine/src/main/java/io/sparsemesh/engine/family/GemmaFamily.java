package io.sparsemesh.engine.family;

import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.engine.device.Activation;
import io.sparsemesh.engine.matrix.Matrix;
import io.sparsemesh.engine.model.Architecture;
import io.sparsemesh.engine.model.BlockDescription;
import io.sparsemesh.engine.model.Family;
import io.sparsemesh.engine.model.InputGroup;
import io.sparsemesh.engine.model.ModelConfig;
import io.sparsemesh.engine.model.ModelDescription;
import io.sparsemesh.engine.model.Pass;
import io.sparsemesh.engine.model.WeightDescription;
import java.util.List;

/// Gemma (Gemma Team 2024): LLaMA's block with embeddings scaled by the root of the hidden
/// size, norm weights stored less one, GELU, and heads larger than their share of the hidden
/// size.
final class GemmaFamily implements Family {

    private static final String EMBEDDING = "embed_tokens.weight";
    private static final String FINAL_NORM = "norm";
    private static final String ATTENTION_NORM = "input_layernorm";
    private static final String MLP_NORM = "post_attention_layernorm";

    @Override
    public String modelType() {
        return "gemma";
    }

    @Override
    public Architecture read(ModelConfig config, ModelFolder folder) {
        String prefix = Prefixes.find(folder, EMBEDDING, "model.", "");
        Config read = Config.read(config);
        return new Gemma(read, prefix, describe(read, prefix, folder));
    }

    private record Config(
            Sizes sizes,
            HeadLayout heads,
            double epsilon,
            Activation activation,
            boolean biased,
            boolean tied,
            Rotary rotary) {

        static Config read(ModelConfig config) {
            Dimensions.refuse(config, "use_bidirectional_attention");
            Sizes sizes = Sizes.read(config);
            HeadLayout heads = HeadLayout.read(config, sizes.hidden());
            return new Config(
                    sizes,
                    heads,
                    config.positive("rms_norm_eps", 1e-6),
                    activation(config),
                    config.flag("attention_bias", false),
                    config.flag("tie_word_embeddings", true),
                    Rotary.whole(config, heads.size()));
        }

        /// The first configs say `gelu` in `hidden_act` and mean the approximation by tanh.
        private static Activation activation(ModelConfig config) {
            if (config.has("hidden_activation")) {
                return Activations.read(config, "hidden_activation", "");
            }
            Activation activation = Activations.read(config, "hidden_act", "gelu");
            return activation == Activation.GELU ? Activation.GELU_TANH : activation;
        }
    }

    private static ModelDescription describe(Config c, String prefix, ModelFolder folder) {
        long n = c.sizes.hidden();
        String embedding = prefix + EMBEDDING;
        return c.sizes.describe(
                "Gemma",
                "gemma",
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
        return new BlockDescription(
                index,
                block,
                groups,
                WeightDescription.rmsNorms(n, block + ATTENTION_NORM, block + MLP_NORM));
    }

    private record Gemma(Config config, String prefix, ModelDescription description)
            implements Architecture {

        @Override
        public void embed(Pass pass, int[] ids, Matrix hidden) {
            pass.lookUp(prefix + EMBEDDING, ids, config.sizes.vocabulary(), hidden);
            pass.scale((float) Math.sqrt(hidden.cols()), hidden);
        }

        @Override
        public void forward(Pass pass, BlockDescription block, Matrix hidden) {
            Matrix normed = pass.scratch("normed", hidden.cols());
            pass.rmsNormFromOne(block.prefix() + ATTENTION_NORM, config.epsilon, hidden, normed);
            Matrix mixed = Qkv.rotaryAttention(pass, block, config.heads, config.rotary, normed);
            pass.ops().add(mixed, hidden);

            pass.rmsNormFromOne(block.prefix() + MLP_NORM, config.epsilon, hidden, normed);
            pass.ops().add(FeedForward.gated(pass, block, config.activation, normed), hidden);
        }

        @Override
        public Matrix beforeHead(Pass pass, Matrix hidden) {
            Matrix normed = pass.scratch("normed", hidden.cols());
            pass.rmsNormFromOne(prefix + FINAL_NORM, config.epsilon, hidden, normed);
            return normed;
        }
    }
}
