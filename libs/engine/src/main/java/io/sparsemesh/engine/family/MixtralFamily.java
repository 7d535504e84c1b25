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
import io.sparsemesh.engine.model.LinearDescription;
import io.sparsemesh.engine.model.ModelConfig;
import io.sparsemesh.engine.model.ModelDescription;
import io.sparsemesh.engine.model.Pass;
import io.sparsemesh.engine.model.WeightDescription;
import java.util.ArrayList;
import java.util.List;

/// Mixtral (Jiang et al. 2024): Mistral's block with experts in place of the feed-forward layer.
final class MixtralFamily implements Family {

    private static final String EMBEDDING = "embed_tokens.weight";
    private static final String FINAL_NORM = "norm";
    private static final String ATTENTION_NORM = "input_layernorm";
    private static final String MLP_NORM = "post_attention_layernorm";
    private static final String EXPERTS = "block_sparse_moe.";

    @Override
    public String modelType() {
        return "mixtral";
    }

    @Override
    public Architecture read(ModelConfig config, ModelFolder folder) {
        String prefix = Prefixes.find(folder, EMBEDDING, "model.", "");
        Config read = Config.read(config);
        return new Mixtral(read, prefix, describe(read, prefix, folder));
    }

    private record Config(
            Sizes sizes,
            HeadLayout heads,
            Experts experts,
            double epsilon,
            Activation activation,
            boolean tied,
            long window,
            Rotary rotary) {

        static Config read(ModelConfig config) {
            Sizes sizes = Sizes.read(config);
            HeadLayout heads = HeadLayout.read(config, sizes.hidden());
            return new Config(
                    sizes,
                    heads,
                    Experts.read(config, "num_local_experts", true),
                    config.positive("rms_norm_eps", 1e-5),
                    Activations.read(config, "hidden_act", "silu"),
                    config.flag("tie_word_embeddings", false),
                    Windows.size(config, Attention.ALL),
                    Rotary.whole(config, heads.size(), 1e6));
        }
    }

    private static ModelDescription describe(Config c, String prefix, ModelFolder folder) {
        long n = c.sizes.hidden();
        String embedding = prefix + EMBEDDING;
        return c.sizes.describe(
                "Mixtral",
                "mixtral",
                folder,
                index -> block(c, prefix + "layers." + index + ".", index),
                List.of(
                        WeightDescription.of(embedding, c.sizes.vocabulary(), n),
                        WeightDescription.of(prefix + FINAL_NORM + ".weight", n)),
                Dimensions.head(c.tied, embedding, n, c.sizes.vocabulary()));
    }

    private static BlockDescription block(Config c, String block, int index) {
        long n = c.sizes.hidden();
        List<InputGroup> groups = new ArrayList<>();
        groups.addAll(Linears.attention(block + "self_attn.", n, c.heads, false, false));
        groups.addAll(experts(c, block + EXPERTS + "experts."));
        List<WeightDescription> weights = new ArrayList<>();
        weights.addAll(WeightDescription.rmsNorms(n, block + ATTENTION_NORM, block + MLP_NORM));
        weights.add(WeightDescription.of(router(c, block)));
        return new BlockDescription(index, block, groups, weights);
    }

    private static List<InputGroup> experts(Config c, String prefix) {
        long n = c.sizes.hidden();
        long inner = c.sizes.feedForward();
        return c.experts.groups(
                e ->
                        List.of(
                                LinearDescription.of(prefix + e + ".w1", n, inner, false),
                                LinearDescription.of(prefix + e + ".w3", n, inner, false)),
                e -> LinearDescription.of(prefix + e + ".w2", inner, n, false));
    }

    private static LinearDescription router(Config c, String block) {
        return c.experts.router(block + EXPERTS + "gate", c.sizes.hidden());
    }

    private record Mixtral(Config config, String prefix, ModelDescription description)
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
            LinearDescription router = router(config, block.prefix());
            config.experts.add(pass, block, router, config.activation, normed, hidden);
        }

        private Matrix attend(Pass pass, BlockDescription block, Matrix x) {
            List<Matrix> projections = pass.linears(block.group(ATTENTION_INPUT), x);
            Attention attention = config.heads.attention(pass).within(config.window);
            Matrix mixed =
                    Qkv.separate(projections, config.heads)
                            .rotated(pass, config.rotary)
                            .attend(pass, attention);
            return pass.linear(block.group(ATTENTION_OUTPUT), mixed);
        }

        @Override
        public Matrix beforeHead(Pass pass, Matrix hidden) {
            Matrix normed = pass.scratch("normed", hidden.cols());
            pass.rmsNorm(prefix + FINAL_NORM, config.epsilon, hidden, normed);
            return normed;
        }
    }
}
