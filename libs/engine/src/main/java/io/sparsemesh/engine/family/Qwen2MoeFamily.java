package io.sparsemesh.engine.family;

import static io.sparsemesh.engine.model.InputGroup.ATTENTION_INPUT;
import static io.sparsemesh.engine.model.InputGroup.ATTENTION_OUTPUT;

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
import java.util.stream.IntStream;

/// Qwen1.5-MoE and Qwen2-MoE (Yang et al. 2024): Qwen2's attention; small experts, and one more
/// that every token goes through, weighed by a gate of its own.
final class Qwen2MoeFamily implements Family {

    private static final String EMBEDDING = "embed_tokens.weight";
    private static final String FINAL_NORM = "norm";
    private static final String ATTENTION_NORM = "input_layernorm";
    private static final String MLP_NORM = "post_attention_layernorm";
    private static final String MLP = "mlp.";
    private static final String SHARED_INPUT = "shared-expert-input";
    private static final String SHARED_OUTPUT = "shared-expert-output";

    @Override
    public String modelType() {
        return "qwen2_moe";
    }

    @Override
    public Architecture read(ModelConfig config, ModelFolder folder) {
        String prefix = Prefixes.find(folder, EMBEDDING, "model.", "");
        Config read = Config.read(config);
        return new Qwen2Moe(read, prefix, describe(read, prefix, folder));
    }

    private record Config(
            Sizes sizes,
            HeadLayout heads,
            Experts experts,
            long expertInner,
            long sharedInner,
            boolean biased,
            double epsilon,
            Activation activation,
            boolean tied,
            Rotary rotary) {

        static Config read(ModelConfig config) {
            refuseOtherBlocks(config);
            Sizes sizes = Sizes.read(config);
            HeadLayout heads = HeadLayout.read(config, sizes.hidden());
            return new Config(
                    sizes,
                    heads,
                    Experts.read(config, "num_experts", config.flag("norm_topk_prob", false)),
                    config.size("moe_intermediate_size"),
                    config.size("shared_expert_intermediate_size"),
                    config.flag("qkv_bias", true),
                    config.positive("rms_norm_eps", 1e-6),
                    Activations.read(config, "hidden_act", "silu"),
                    config.flag("tie_word_embeddings", false),
                    Rotary.whole(config, heads.size()));
        }
    }

    /// All blocks are alike, and see every token.
    private static void refuseOtherBlocks(ModelConfig config) {
        Dimensions.refuse(config, "use_sliding_window");
        long step = config.size("decoder_sparse_step", 1);
        if (step != 1) {
            throw config.unsupported("qwen2_moe", "decoder_sparse_step", step, List.of("1"));
        }
        String dense = "mlp_only_layers";
        if (config.has(dense) && !config.node().get(dense).isEmpty()) {
            throw config.unsupported("qwen2_moe", dense, config.node().get(dense), List.of("[]"));
        }
    }

    private static ModelDescription describe(Config c, String prefix, ModelFolder folder) {
        long n = c.sizes.hidden();
        String embedding = prefix + EMBEDDING;
        return c.sizes.describe(
                "Qwen2-MoE",
                "qwen2_moe",
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
        groups.addAll(Linears.attention(block + "self_attn.", n, c.heads, c.biased, false));
        groups.addAll(experts(c, block + MLP + "experts."));
        groups.addAll(shared(c, block + MLP + "shared_expert."));
        List<WeightDescription> weights = new ArrayList<>();
        weights.addAll(WeightDescription.rmsNorms(n, block + ATTENTION_NORM, block + MLP_NORM));
        for (LinearDescription gate : List.of(router(c, block), sharedGate(c, block))) {
            weights.add(new WeightDescription(gate.tensor(), gate.shape()));
        }
        return new BlockDescription(index, block, groups, weights);
    }

    private static List<InputGroup> experts(Config c, String prefix) {
        long n = c.sizes.hidden();
        return c.experts.groups(
                e -> Linears.gateAndUp(prefix + e + ".", n, c.expertInner, false),
                e -> LinearDescription.of(prefix + e + ".down_proj", c.expertInner, n, false));
    }

    private static List<InputGroup> shared(Config c, String prefix) {
        long n = c.sizes.hidden();
        return List.of(
                new InputGroup(SHARED_INPUT, Linears.gateAndUp(prefix, n, c.sharedInner, false)),
                InputGroup.of(
                        SHARED_OUTPUT,
                        LinearDescription.of(prefix + "down_proj", c.sharedInner, n, false)));
    }

    private static LinearDescription sharedGate(Config c, String block) {
        return LinearDescription.of(block + MLP + "shared_expert_gate", c.sizes.hidden(), 1, false);
    }

    private static LinearDescription router(Config c, String block) {
        return LinearDescription.of(
                block + MLP + "gate", c.sizes.hidden(), c.experts.count(), false);
    }

    private record Qwen2Moe(Config config, String prefix, ModelDescription description)
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
            addShared(pass, block, normed, hidden);
        }

        /// `hidden := hidden + sigmoid(gate(x)) shared(x)`.
        private void addShared(Pass pass, BlockDescription block, Matrix x, Matrix hidden) {
            if (pass.showsEveryToken()) {
                return;
            }
            Matrix gate = pass.scratch("shared gate", 1);
            pass.linear(sharedGate(config, block.prefix()), x, gate);
            float[] weights = pass.download(gate);
            for (int i = 0; i < weights.length; i++) {
                weights[i] = (float) (1 / (1 + Math.exp(-weights[i])));
            }
            int[] all = IntStream.range(0, weights.length).toArray();
            InputGroup in = block.group(SHARED_INPUT);
            InputGroup out = block.group(SHARED_OUTPUT);
            Matrix y = FeedForward.gated(pass, in, out, config.activation, x);
            pass.ops().scatterAdd(y, all, weights, hidden);
        }

        private Matrix attend(Pass pass, BlockDescription block, Matrix x) {
            List<Matrix> projections = pass.linears(block.group(ATTENTION_INPUT), x);
            Matrix mixed =
                    Qkv.separate(projections, config.heads)
                            .rotated(pass, config.rotary)
                            .attend(pass, config.heads.attention(pass));
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
