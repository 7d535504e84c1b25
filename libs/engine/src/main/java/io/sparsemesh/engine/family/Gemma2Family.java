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
import java.util.List;

/// Gemma 2 (Gemma Team 2024): Gemma with norms before and after attention and feed-forward, every
/// other block within a window, and soft caps on attention scores and logits.
final class Gemma2Family implements Family {

    private static final String EMBEDDING = "embed_tokens.weight";
    private static final String FINAL_NORM = "norm";
    private static final String ATTENTION_NORM = "input_layernorm";
    private static final String AFTER_ATTENTION = "post_attention_layernorm";
    private static final String MLP_NORM = "pre_feedforward_layernorm";
    private static final String AFTER_MLP = "post_feedforward_layernorm";

    @Override
    public String modelType() {
        return "gemma2";
    }

    @Override
    public Architecture read(ModelConfig config, ModelFolder folder) {
        String prefix = Prefixes.find(folder, EMBEDDING, "model.", "");
        Config read = Config.read(config);
        return new Gemma2(read, prefix, describe(read, prefix, folder));
    }

    private record Config(
            Sizes sizes,
            HeadLayout heads,
            double epsilon,
            Activation activation,
            boolean biased,
            boolean tied,
            double scaledBy,
            float scoreCap,
            float logitCap,
            List<Long> windows,
            Rotary rotary) {

        static Config read(ModelConfig config) {
            Dimensions.refuse(config, "use_bidirectional_attention");
            Sizes sizes = Sizes.read(config);
            HeadLayout heads = HeadLayout.read(config, sizes.hidden());
            long window = Windows.size(config, 4096);
            return new Config(
                    sizes,
                    heads,
                    config.positive("rms_norm_eps", 1e-6),
                    Activations.read(config, "hidden_activation", "gelu_pytorch_tanh"),
                    config.flag("attention_bias", false),
                    config.flag("tie_word_embeddings", true),
                    config.positive("query_pre_attn_scalar", 256),
                    cap(config, "attn_logit_softcapping", 50),
                    cap(config, "final_logit_softcapping", 30),
                    Windows.each(config, sizes.blocks(), window, block -> block % 2 == 0),
                    Rotary.whole(config, heads.size()));
        }

        /// A cap, 0 where the config has null in its place.
        private static float cap(ModelConfig config, String key, double otherwise) {
            return config.isNull(key) ? 0 : (float) config.positive(key, otherwise);
        }

        Attention attention(Pass pass, int block) {
            float scale = (float) (1 / Math.sqrt(scaledBy));
            return new Attention(pass.length(), scale, List.of(), windows.get(block), scoreCap);
        }
    }

    private static ModelDescription describe(Config c, String prefix, ModelFolder folder) {
        long n = c.sizes.hidden();
        String embedding = prefix + EMBEDDING;
        return c.sizes.describe(
                "Gemma 2",
                "gemma2",
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
                WeightDescription.rmsNorms(
                        n,
                        block + ATTENTION_NORM,
                        block + AFTER_ATTENTION,
                        block + MLP_NORM,
                        block + AFTER_MLP));
    }

    private record Gemma2(Config config, String prefix, ModelDescription description)
            implements Architecture {

        @Override
        public void embed(Pass pass, int[] ids, Matrix hidden) {
            pass.lookUp(prefix + EMBEDDING, ids, config.sizes.vocabulary(), hidden);
            pass.scale((float) Math.sqrt(hidden.cols()), hidden);
        }

        @Override
        public void forward(Pass pass, BlockDescription block, Matrix hidden) {
            Matrix x = norm(pass, block.prefix() + ATTENTION_NORM, hidden);
            x = attend(pass, block, x);
            pass.ops().add(norm(pass, block.prefix() + AFTER_ATTENTION, x), hidden);

            x = norm(pass, block.prefix() + MLP_NORM, hidden);
            x = FeedForward.gated(pass, block, config.activation, x);
            pass.ops().add(norm(pass, block.prefix() + AFTER_MLP, x), hidden);
        }

        private Matrix norm(Pass pass, String name, Matrix x) {
            Matrix normed = pass.scratch("normed", x.cols());
            pass.rmsNormFromOne(name, config.epsilon, x, normed);
            return normed;
        }

        private Matrix attend(Pass pass, BlockDescription block, Matrix x) {
            List<Matrix> projections = pass.linears(block.group(ATTENTION_INPUT), x);
            Matrix mixed =
                    Qkv.separate(projections, config.heads)
                            .rotated(pass, config.rotary)
                            .attend(pass, config.attention(pass, block.index()));
            return pass.linear(block.group(ATTENTION_OUTPUT), mixed);
        }

        @Override
        public Matrix beforeHead(Pass pass, Matrix hidden) {
            return norm(pass, prefix + FINAL_NORM, hidden);
        }

        @Override
        public void afterHead(Pass pass, Matrix logits) {
            if (config.logitCap > 0) {
                pass.ops().softCap(config.logitCap, logits);
            }
        }
    }
}
