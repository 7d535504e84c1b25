package io.sparsemesh.engine.family;

import static io.sparsemesh.engine.model.InputGroup.ATTENTION_INPUT;
import static io.sparsemesh.engine.model.InputGroup.ATTENTION_OUTPUT;
import static io.sparsemesh.engine.model.InputGroup.MLP_INPUT;
import static io.sparsemesh.engine.model.InputGroup.MLP_OUTPUT;

import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.engine.device.Activation;
import io.sparsemesh.engine.device.Attention;
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

/// OPT (Zhang et al. 2022): learned positions, layer norm before attention and feed-forward, or
/// after them and with narrower embeddings in the 350m form.
final class OptFamily implements Family {

    /// Rows of the position table before position 0.
    private static final int POSITION_OFFSET = 2;

    private static final double EPSILON = 1e-5;

    @Override
    public String modelType() {
        return "opt";
    }

    @Override
    public Architecture read(ModelConfig config, ModelFolder folder) {
        String prefix =
                Prefixes.find(folder, "embed_tokens.weight", "model.decoder.", "decoder.", "");
        Config read = Config.read(config);
        return new Opt(read, prefix, describe(read, prefix, folder));
    }

    private record Config(
            long hidden,
            long embedding,
            long feedForward,
            long vocabulary,
            long positions,
            int blocks,
            int heads,
            Activation activation,
            boolean normFirst,
            boolean finalNorm,
            boolean biased,
            boolean affineNorms,
            boolean tied) {

        static Config read(ModelConfig config) {
            long hidden = config.size("hidden_size");
            boolean normFirst = config.flag("do_layer_norm_before", true);
            return new Config(
                    hidden,
                    config.size("word_embed_proj_dim", hidden),
                    config.size("ffn_dim"),
                    config.size("vocab_size"),
                    config.size("max_position_embeddings"),
                    config.count("num_hidden_layers"),
                    Dimensions.heads(config, "num_attention_heads", hidden),
                    Activations.read(config, "activation_function", "relu"),
                    normFirst,
                    normFirst && !config.flag("_remove_final_layer_norm", false),
                    config.flag("enable_bias", true),
                    config.flag("layer_norm_elementwise_affine", true),
                    config.flag("tie_word_embeddings", true));
        }

        boolean projects() {
            return embedding != hidden;
        }
    }

    private static ModelDescription describe(Config c, String prefix, ModelFolder folder) {
        List<BlockDescription> blocks =
                IntStream.range(0, c.blocks).mapToObj(b -> block(c, prefix, b)).toList();
        List<WeightDescription> weights = new ArrayList<>();
        weights.add(WeightDescription.of(prefix + EMBEDDING, c.vocabulary, c.embedding));
        weights.add(
                WeightDescription.of(prefix + POSITIONS, c.positions + POSITION_OFFSET, c.hidden));
        if (c.finalNorm && c.affineNorms) {
            weights.addAll(WeightDescription.layerNorms(c.hidden, prefix + FINAL_NORM));
        }
        return new ModelDescription(
                "OPT",
                "opt",
                ModelDescription.dtype(folder, blocks),
                c.hidden,
                c.vocabulary,
                c.positions,
                blocks,
                c.projects() ? List.of(projectIn(c, prefix), projectOut(c, prefix)) : List.of(),
                weights,
                Dimensions.head(c.tied, prefix + EMBEDDING, c.embedding, c.vocabulary),
                c.tied);
    }

    private static final String EMBEDDING = "embed_tokens.weight";
    private static final String POSITIONS = "embed_positions.weight";
    private static final String FINAL_NORM = "final_layer_norm";
    private static final String ATTENTION_NORM = "self_attn_layer_norm";
    private static final String MLP_NORM = "final_layer_norm";

    private static LinearDescription projectIn(Config c, String prefix) {
        return LinearDescription.of(prefix + "project_in", c.embedding, c.hidden, false);
    }

    private static LinearDescription projectOut(Config c, String prefix) {
        return LinearDescription.of(prefix + "project_out", c.hidden, c.embedding, false);
    }

    private static BlockDescription block(Config c, String prefix, int index) {
        String block = prefix + "layers." + index + ".";
        String attention = block + "self_attn.";
        long n = c.hidden;
        List<InputGroup> groups =
                List.of(
                        InputGroup.of(
                                ATTENTION_INPUT,
                                LinearDescription.of(attention + "q_proj", n, n, c.biased),
                                LinearDescription.of(attention + "k_proj", n, n, c.biased),
                                LinearDescription.of(attention + "v_proj", n, n, c.biased)),
                        InputGroup.of(
                                ATTENTION_OUTPUT,
                                LinearDescription.of(attention + "out_proj", n, n, c.biased)),
                        InputGroup.of(
                                MLP_INPUT,
                                LinearDescription.of(block + "fc1", n, c.feedForward, c.biased)),
                        InputGroup.of(
                                MLP_OUTPUT,
                                LinearDescription.of(block + "fc2", c.feedForward, n, c.biased)));
        List<WeightDescription> norms =
                c.affineNorms
                        ? WeightDescription.layerNorms(n, block + ATTENTION_NORM, block + MLP_NORM)
                        : List.of();
        return new BlockDescription(index, block, groups, norms);
    }

    private record Opt(Config config, String prefix, ModelDescription description)
            implements Architecture {

        @Override
        public void embed(Pass pass, int[] ids, Matrix hidden) {
            String table = prefix + EMBEDDING;
            if (config.projects()) {
                Matrix narrow = pass.scratch("embedding", config.embedding);
                pass.lookUp(table, ids, config.vocabulary, narrow);
                pass.linear(projectIn(config, prefix), narrow, hidden);
            } else {
                pass.lookUp(table, ids, config.vocabulary, hidden);
            }
            pass.addPositions(prefix + POSITIONS, POSITION_OFFSET, hidden);
        }

        @Override
        public void forward(Pass pass, BlockDescription block, Matrix hidden) {
            Matrix x = before(pass, block.prefix() + ATTENTION_NORM, hidden);
            pass.ops().add(attend(pass, block, x), hidden);
            after(pass, block.prefix() + ATTENTION_NORM, hidden);

            x = before(pass, block.prefix() + MLP_NORM, hidden);
            Matrix inner = pass.linear(block.group(MLP_INPUT), x);
            pass.ops().activate(config.activation, inner);
            pass.ops().add(pass.linear(block.group(MLP_OUTPUT), inner), hidden);
            after(pass, block.prefix() + MLP_NORM, hidden);
        }

        private Matrix attend(Pass pass, BlockDescription block, Matrix x) {
            List<Matrix> qkv = pass.linears(block.group(ATTENTION_INPUT), x);
            Heads q = Heads.adjacent(qkv.get(0), config.heads);
            Heads k = Heads.adjacent(qkv.get(1), config.heads);
            Heads v = Heads.adjacent(qkv.get(2), config.heads);
            Matrix mixed = pass.scratch("mixed", config.hidden);
            float scale = (float) (1 / Math.sqrt(q.size()));
            pass.ops().attention(new Attention(pass.length(), scale, List.of()), q, k, v, mixed);
            return pass.linear(block.group(ATTENTION_OUTPUT), mixed);
        }

        private Matrix before(Pass pass, String norm, Matrix hidden) {
            if (!config.normFirst) {
                return hidden;
            }
            Matrix normed = pass.scratch("normed", config.hidden);
            pass.layerNorm(norm, EPSILON, hidden, normed);
            return normed;
        }

        private void after(Pass pass, String norm, Matrix hidden) {
            if (!config.normFirst) {
                pass.layerNorm(norm, EPSILON, hidden, hidden);
            }
        }

        @Override
        public Matrix beforeHead(Pass pass, Matrix hidden) {
            Matrix x = hidden;
            if (config.finalNorm) {
                x = pass.scratch("normed", config.hidden);
                pass.layerNorm(prefix + FINAL_NORM, EPSILON, hidden, x);
            }
            if (!config.projects()) {
                return x;
            }
            Matrix narrow = pass.scratch("embedding", config.embedding);
            pass.linear(projectOut(config, prefix), x, narrow);
            return narrow;
        }
    }
}
