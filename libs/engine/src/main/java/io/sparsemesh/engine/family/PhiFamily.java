package io.sparsemesh.engine.family;

import static io.sparsemesh.engine.model.InputGroup.ATTENTION_OUTPUT;
import static io.sparsemesh.engine.model.InputGroup.BLOCK_INPUT;
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

/// Phi-1, 1.5 and 2 (Gunasekar et al. 2023): attention and feed-forward side by side on one layer
/// norm, the first part of each head rotated, biases everywhere, the head's too.
final class PhiFamily implements Family {

    private static final String EMBEDDING = "embed_tokens.weight";
    private static final String FINAL_NORM = "final_layernorm";
    private static final String NORM = "input_layernorm";
    private static final String QUERY_NORM = "self_attn.q_layernorm";
    private static final String KEY_NORM = "self_attn.k_layernorm";

    @Override
    public String modelType() {
        return "phi";
    }

    @Override
    public Architecture read(ModelConfig config, ModelFolder folder) {
        String prefix = Prefixes.find(folder, EMBEDDING, "model.", "");
        Config read = Config.read(config);
        return new Phi(read, prefix, describe(read, prefix, folder));
    }

    private record Config(
            Sizes sizes,
            HeadLayout heads,
            double epsilon,
            Activation activation,
            boolean normsHeads,
            Rotary rotary) {

        static Config read(ModelConfig config) {
            Dimensions.refuse(config, "tie_word_embeddings");
            Sizes sizes = Sizes.read(config);
            HeadLayout heads = HeadLayout.read(config, sizes.hidden());
            return new Config(
                    sizes,
                    heads,
                    config.positive("layer_norm_eps", 1e-5),
                    Activations.read(config, "hidden_act", "gelu_new"),
                    config.flag("qk_layernorm", false),
                    Rotary.part(config, heads.size(), Rotary.Keys.usual(10_000, 0.5)));
        }
    }

    private static ModelDescription describe(Config c, String prefix, ModelFolder folder) {
        long n = c.sizes.hidden();
        long vocabulary = c.sizes.vocabulary();
        List<WeightDescription> weights = new ArrayList<>();
        weights.add(WeightDescription.of(prefix + EMBEDDING, vocabulary, n));
        weights.addAll(WeightDescription.layerNorms(n, prefix + FINAL_NORM));
        return c.sizes.describe(
                "Phi",
                "phi",
                folder,
                index -> block(c, prefix + "layers." + index + ".", index),
                weights,
                LinearDescription.of("lm_head", n, vocabulary, true));
    }

    private static BlockDescription block(Config c, String block, int index) {
        long n = c.sizes.hidden();
        long inner = c.sizes.feedForward();
        String attention = block + "self_attn.";
        List<LinearDescription> qkv = Linears.qkv(attention, n, c.heads, true);
        LinearDescription in = LinearDescription.of(block + "mlp.fc1", n, inner, true);
        LinearDescription dense =
                LinearDescription.of(attention + "dense", c.heads.queryColumns(), n, true);
        List<WeightDescription> norms = new ArrayList<>();
        norms.addAll(WeightDescription.layerNorms(n, block + NORM));
        if (c.normsHeads) {
            long size = c.heads.size();
            norms.addAll(WeightDescription.layerNorms(size, block + QUERY_NORM, block + KEY_NORM));
        }
        return new BlockDescription(
                index,
                block,
                List.of(
                        new InputGroup(BLOCK_INPUT, Linears.both(qkv, List.of(in))),
                        InputGroup.of(ATTENTION_OUTPUT, dense),
                        InputGroup.of(
                                MLP_OUTPUT,
                                LinearDescription.of(block + "mlp.fc2", inner, n, true))),
                norms);
    }

    private record Phi(Config config, String prefix, ModelDescription description)
            implements Architecture {

        @Override
        public void embed(Pass pass, int[] ids, Matrix hidden) {
            pass.lookUp(prefix + EMBEDDING, ids, config.sizes.vocabulary(), hidden);
        }

        @Override
        public void forward(Pass pass, BlockDescription block, Matrix hidden) {
            Matrix normed = pass.scratch("normed", hidden.cols());
            pass.layerNorm(block.prefix() + NORM, config.epsilon, hidden, normed);
            List<Matrix> projections = pass.linears(block.group(BLOCK_INPUT), normed);
            pass.ops().add(attend(pass, block, projections), hidden);
            Matrix inner = projections.getLast();
            pass.ops().add(FeedForward.down(pass, block, config.activation, inner), hidden);
        }

        private Matrix attend(Pass pass, BlockDescription block, List<Matrix> projections) {
            if (config.normsHeads) {
                norm(pass, block.prefix() + QUERY_NORM, projections.get(0));
                norm(pass, block.prefix() + KEY_NORM, projections.get(1));
            }
            Matrix mixed =
                    Qkv.separate(projections, config.heads)
                            .rotated(pass, config.rotary)
                            .attend(pass, config.heads.attention(pass));
            return pass.linear(block.group(ATTENTION_OUTPUT), mixed);
        }

        private void norm(Pass pass, String name, Matrix projection) {
            Matrix heads = config.heads.rows(projection);
            pass.layerNorm(name, config.epsilon, heads, heads);
        }

        @Override
        public Matrix beforeHead(Pass pass, Matrix hidden) {
            Matrix normed = pass.scratch("normed", hidden.cols());
            pass.layerNorm(prefix + FINAL_NORM, config.epsilon, hidden, normed);
            return normed;
        }
    }
}
