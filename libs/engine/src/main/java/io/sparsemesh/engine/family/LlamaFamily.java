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

/// LLaMA (Touvron et al. 2023) and its successors up to Llama 3: rotary positions, RMS norm,
/// gated feed-forward, grouped-query attention.
final class LlamaFamily implements Family {

    private static final String EMBEDDING = "embed_tokens.weight";
    private static final String FINAL_NORM = "norm";
    private static final String ATTENTION_NORM = "input_layernorm";
    private static final String MLP_NORM = "post_attention_layernorm";

    @Override
    public String modelType() {
        return "llama";
    }

    @Override
    public Architecture read(ModelConfig config, ModelFolder folder) {
        String prefix = Prefixes.find(folder, EMBEDDING, "model.", "");
        Config read = Config.read(config);
        return new Llama(read, prefix, describe(read, prefix, folder));
    }

    private record Config(
            Sizes sizes,
            HeadLayout heads,
            double epsilon,
            Activation activation,
            boolean attentionBiased,
            boolean mlpBiased,
            boolean tied,
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
                    config.flag("mlp_bias", false),
                    config.flag("tie_word_embeddings", false),
                    Rotary.whole(config, heads.size()));
        }
    }

    private static ModelDescription describe(Config c, String prefix, ModelFolder folder) {
        long n = c.sizes.hidden();
        String embedding = prefix + EMBEDDING;
        return c.sizes.describe(
                "LLaMA",
                "llama",
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
                        Linears.attention(
                                block + "self_attn.",
                                n,
                                c.heads,
                                c.attentionBiased,
                                c.attentionBiased),
                        Linears.gated(block + "mlp.", n, c.sizes.feedForward(), c.mlpBiased));
        return new BlockDescription(
                index,
                block,
                groups,
                WeightDescription.rmsNorms(n, block + ATTENTION_NORM, block + MLP_NORM));
    }

    private record Llama(Config config, String prefix, ModelDescription description)
            implements Architecture {

        @Override
        public void embed(Pass pass, int[] ids, Matrix hidden) {
            pass.lookUp(prefix + EMBEDDING, ids, config.sizes.vocabulary(), hidden);
        }

        @Override
        public void forward(Pass pass, BlockDescription block, Matrix hidden) {
            Matrix normed = pass.scratch("normed", hidden.cols());
            pass.rmsNorm(block.prefix() + ATTENTION_NORM, config.epsilon, hidden, normed);
            Matrix mixed = Qkv.rotaryAttention(pass, block, config.heads, config.rotary, normed);
            pass.ops().add(mixed, hidden);

            pass.rmsNorm(block.prefix() + MLP_NORM, config.epsilon, hidden, normed);
            pass.ops().add(FeedForward.gated(pass, block, config.activation, normed), hidden);
        }

        @Override
        public Matrix beforeHead(Pass pass, Matrix hidden) {
            Matrix normed = pass.scratch("normed", hidden.cols());
            pass.rmsNorm(prefix + FINAL_NORM, config.epsilon, hidden, normed);
            return normed;
        }
    }
}
