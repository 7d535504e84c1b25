package io.sparsemesh.engine.family;

import static io.sparsemesh.engine.model.InputGroup.ATTENTION_INPUT;
import static io.sparsemesh.engine.model.InputGroup.ATTENTION_OUTPUT;
import static io.sparsemesh.engine.model.InputGroup.BLOCK_INPUT;
import static io.sparsemesh.engine.model.InputGroup.MLP_OUTPUT;

import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.engine.device.Activation;
import io.sparsemesh.engine.device.Heads;
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

/// StableLM (Bellagente et al. 2024): LLaMA's linears between layer norms, the first part of each
/// head rotated; attention and feed-forward one after the other, or side by side on one norm.
final class StableLmFamily implements Family {

    private static final String EMBEDDING = "embed_tokens.weight";
    private static final String FINAL_NORM = "norm";
    private static final String ATTENTION_NORM = "input_layernorm";
    private static final String MLP_NORM = "post_attention_layernorm";
    private static final String QUERY_NORMS = "self_attn.q_layernorm.norms.";
    private static final String KEY_NORMS = "self_attn.k_layernorm.norms.";

    @Override
    public String modelType() {
        return "stablelm";
    }

    @Override
    public Architecture read(ModelConfig config, ModelFolder folder) {
        String prefix = Prefixes.find(folder, EMBEDDING, "model.", "");
        Config read = Config.read(config);
        return new StableLm(read, prefix, describe(read, prefix, folder));
    }

    private record Config(
            Sizes sizes,
            HeadLayout heads,
            double epsilon,
            Activation activation,
            boolean normsHeads,
            boolean parallel,
            boolean biased,
            boolean tied,
            Rotary rotary) {

        static Config read(ModelConfig config) {
            Sizes sizes = Sizes.read(config);
            HeadLayout heads = HeadLayout.read(config, sizes.hidden());
            return new Config(
                    sizes,
                    heads,
                    config.positive("layer_norm_eps", 1e-5),
                    Activations.read(config, "hidden_act", "silu"),
                    config.flag("qk_layernorm", false),
                    config.flag("use_parallel_residual", false),
                    config.flag("use_qkv_bias", false),
                    config.flag("tie_word_embeddings", false),
                    Rotary.part(config, heads.size(), Rotary.Keys.usual(10_000, 0.25)));
        }
    }

    private static ModelDescription describe(Config c, String prefix, ModelFolder folder) {
        long n = c.sizes.hidden();
        String embedding = prefix + EMBEDDING;
        List<WeightDescription> weights = new ArrayList<>();
        weights.add(WeightDescription.of(embedding, c.sizes.vocabulary(), n));
        weights.addAll(WeightDescription.layerNorms(n, prefix + FINAL_NORM));
        return c.sizes.describe(
                "StableLM",
                "stablelm",
                folder,
                index -> block(c, prefix + "layers." + index + ".", index),
                weights,
                Dimensions.head(c.tied, embedding, n, c.sizes.vocabulary()));
    }

    private static BlockDescription block(Config c, String block, int index) {
        long n = c.sizes.hidden();
        List<InputGroup> attention =
                Linears.attention(block + "self_attn.", n, c.heads, c.biased, false);
        List<InputGroup> mlp = Linears.gated(block + "mlp.", n, c.sizes.feedForward(), false);
        List<InputGroup> groups = Linears.both(attention, mlp);
        if (c.parallel) {
            List<LinearDescription> first =
                    Linears.both(attention.get(0).linears(), mlp.get(0).linears());
            groups = List.of(new InputGroup(BLOCK_INPUT, first), attention.get(1), mlp.get(1));
        }
        return new BlockDescription(index, block, groups, norms(c, block));
    }

    private static List<WeightDescription> norms(Config c, String block) {
        long n = c.sizes.hidden();
        List<WeightDescription> norms = new ArrayList<>();
        norms.addAll(WeightDescription.layerNorms(n, block + ATTENTION_NORM));
        if (!c.parallel) {
            norms.addAll(WeightDescription.layerNorms(n, block + MLP_NORM));
        }
        if (c.normsHeads) {
            norms.addAll(headNorms(block + QUERY_NORMS, c.heads.queries(), c.heads.size()));
            norms.addAll(headNorms(block + KEY_NORMS, c.heads.keyValues(), c.heads.size()));
        }
        return norms;
    }

    /// One norm for each head, without biases.
    private static List<WeightDescription> headNorms(String prefix, int heads, long size) {
        return IntStream.range(0, heads)
                .mapToObj(h -> WeightDescription.of(prefix + h + ".weight", size))
                .toList();
    }

    private record StableLm(Config config, String prefix, ModelDescription description)
            implements Architecture {

        @Override
        public void embed(Pass pass, int[] ids, Matrix hidden) {
            pass.lookUp(prefix + EMBEDDING, ids, config.sizes.vocabulary(), hidden);
        }

        @Override
        public void forward(Pass pass, BlockDescription block, Matrix hidden) {
            Matrix normed = pass.scratch("normed", hidden.cols());
            pass.layerNorm(block.prefix() + ATTENTION_NORM, config.epsilon, hidden, normed);
            if (config.parallel) {
                List<Matrix> all = pass.linears(block.group(BLOCK_INPUT), normed);
                pass.ops().add(attend(pass, block, all), hidden);
                Activation f = config.activation;
                Matrix out =
                        FeedForward.gatedDown(
                                pass, block.group(MLP_OUTPUT), f, all.get(3), all.get(4));
                pass.ops().add(out, hidden);
                return;
            }
            List<Matrix> qkv = pass.linears(block.group(ATTENTION_INPUT), normed);
            pass.ops().add(attend(pass, block, qkv), hidden);
            pass.layerNorm(block.prefix() + MLP_NORM, config.epsilon, hidden, normed);
            pass.ops().add(FeedForward.gated(pass, block, config.activation, normed), hidden);
        }

        private Matrix attend(Pass pass, BlockDescription block, List<Matrix> projections) {
            Qkv qkv = Qkv.separate(projections, config.heads);
            if (config.normsHeads) {
                norm(pass, block.prefix() + QUERY_NORMS, qkv.q());
                norm(pass, block.prefix() + KEY_NORMS, qkv.k());
            }
            Matrix mixed =
                    qkv.rotated(pass, config.rotary).attend(pass, config.heads.attention(pass));
            return pass.linear(block.group(ATTENTION_OUTPUT), mixed);
        }

        private void norm(Pass pass, String prefix, Heads heads) {
            for (int h = 0; h < heads.count(); h++) {
                Matrix head = heads.head(h);
                pass.layerNorm(prefix + h, config.epsilon, head, head);
            }
        }

        @Override
        public Matrix beforeHead(Pass pass, Matrix hidden) {
            Matrix normed = pass.scratch("normed", hidden.cols());
            pass.layerNorm(prefix + FINAL_NORM, config.epsilon, hidden, normed);
            return normed;
        }
    }
}
