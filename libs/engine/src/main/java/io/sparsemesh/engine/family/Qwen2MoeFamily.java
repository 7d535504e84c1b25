package io.sparsemesh.engine.family;

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

/// Qwen1.5-MoE and Qwen2-MoE (Yang et al. 2024): Qwen2's attention; small experts, and one more
/// that every token goes through, weighed by a gate of its own.
final class Qwen2MoeFamily implements Family {

    private static final String EMBEDDING = "embed_tokens.weight";
    private static final String FINAL_NORM = "norm";
    private static final String ATTENTION_NORM = "input_layernorm";
    private static final String MLP_NORM = "post_attention_layernorm";
    private static final String MLP = "mlp.";

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
            SharedExpert shared,
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
                    new SharedExpert(
                            sizes.hidden(), config.size("shared_expert_intermediate_size")),
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
        groups.addAll(c.experts.gated(block + MLP + "experts.", n, c.expertInner));
        groups.addAll(c.shared.groups(block + MLP + "shared_expert."));
        List<WeightDescription> weights = new ArrayList<>();
        weights.addAll(WeightDescription.rmsNorms(n, block + ATTENTION_NORM, block + MLP_NORM));
        weights.add(WeightDescription.of(router(c, block)));
        weights.add(WeightDescription.of(sharedGate(c, block)));
        return new BlockDescription(index, block, groups, weights);
    }

    private static LinearDescription router(Config c, String block) {
        return c.experts.router(block + MLP + "gate", c.sizes.hidden());
    }

    private static LinearDescription sharedGate(Config c, String block) {
        return c.shared.gate(block + MLP + "shared_expert_gate");
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
            Matrix mixed = Qkv.rotaryAttention(pass, block, config.heads, config.rotary, normed);
            pass.ops().add(mixed, hidden);

            pass.rmsNorm(block.prefix() + MLP_NORM, config.epsilon, hidden, normed);
            LinearDescription router = router(config, block.prefix());
            config.experts.add(pass, block, router, config.activation, normed, hidden);
            LinearDescription gate = sharedGate(config, block.prefix());
            config.shared.add(pass, block, gate, config.activation, normed, hidden);
        }

        @Override
        public Matrix beforeHead(Pass pass, Matrix hidden) {
            Matrix normed = pass.scratch("normed", hidden.cols());
            pass.rmsNorm(prefix + FINAL_NORM, config.epsilon, hidden, normed);
            return normed;
        }
    }
}
