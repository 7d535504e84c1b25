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

/// GPT-2 (Radford et al. 2019): learned positions, layer norm first, one projection for queries,
/// keys and values, all linears stored transposed. The causal masks some files carry
/// (`attn.bias`) are not weights and stay unread.
final class Gpt2Family implements Family {

    private static final String EMBEDDING = "wte.weight";
    private static final String POSITIONS = "wpe.weight";
    private static final String FINAL_NORM = "ln_f";
    private static final String ATTENTION_NORM = "ln_1";
    private static final String MLP_NORM = "ln_2";

    @Override
    public String modelType() {
        return "gpt2";
    }

    @Override
    public Architecture read(ModelConfig config, ModelFolder folder) {
        String prefix = Prefixes.find(folder, EMBEDDING, "transformer.", "");
        Config read = Config.read(config);
        return new Gpt2(read, prefix, describe(read, prefix, folder));
    }

    private record Config(
            long hidden,
            long feedForward,
            long vocabulary,
            long positions,
            int blocks,
            int heads,
            double epsilon,
            Activation activation,
            boolean scaled,
            boolean scaledByBlock,
            boolean tied) {

        static Config read(ModelConfig config) {
            long hidden = config.size("n_embd");
            if (config.flag("add_cross_attention", false)) {
                throw config.unsupported("gpt2", "add_cross_attention", true, List.of("false"));
            }
            return new Config(
                    hidden,
                    config.size("n_inner", 4 * hidden),
                    config.size("vocab_size"),
                    config.size("n_positions"),
                    config.count("n_layer"),
                    Dimensions.heads(config, "n_head", hidden),
                    config.positive("layer_norm_epsilon", 1e-5),
                    Activations.read(config, "activation_function", "gelu_new"),
                    config.flag("scale_attn_weights", true),
                    config.flag("scale_attn_by_inverse_layer_idx", false),
                    config.flag("tie_word_embeddings", true));
        }

        float attentionScale(int block) {
            double scale = scaled ? 1 / Math.sqrt((double) hidden / heads) : 1;
            return (float) (scaledByBlock ? scale / (block + 1) : scale);
        }
    }

    private static ModelDescription describe(Config c, String prefix, ModelFolder folder) {
        List<BlockDescription> blocks =
                IntStream.range(0, c.blocks).mapToObj(b -> block(c, prefix, b)).toList();
        List<WeightDescription> weights = new ArrayList<>();
        weights.add(WeightDescription.of(prefix + EMBEDDING, c.vocabulary, c.hidden));
        weights.add(WeightDescription.of(prefix + POSITIONS, c.positions, c.hidden));
        weights.addAll(WeightDescription.layerNorms(c.hidden, prefix + FINAL_NORM));
        return new ModelDescription(
                "GPT-2",
                "gpt2",
                ModelDescription.dtype(folder, blocks),
                c.hidden,
                c.vocabulary,
                c.positions,
                blocks,
                List.of(),
                weights,
                Dimensions.head(c.tied, prefix + EMBEDDING, c.hidden, c.vocabulary),
                c.tied);
    }

    private static BlockDescription block(Config c, String prefix, int index) {
        String block = prefix + "h." + index + ".";
        long n = c.hidden;
        List<InputGroup> groups =
                List.of(
                        InputGroup.of(
                                ATTENTION_INPUT,
                                LinearDescription.conv1d(block + "attn.c_attn", n, 3 * n)),
                        InputGroup.of(
                                ATTENTION_OUTPUT,
                                LinearDescription.conv1d(block + "attn.c_proj", n, n)),
                        InputGroup.of(
                                MLP_INPUT,
                                LinearDescription.conv1d(block + "mlp.c_fc", n, c.feedForward)),
                        InputGroup.of(
                                MLP_OUTPUT,
                                LinearDescription.conv1d(block + "mlp.c_proj", c.feedForward, n)));
        return new BlockDescription(
                index,
                block,
                groups,
                WeightDescription.layerNorms(n, block + ATTENTION_NORM, block + MLP_NORM));
    }

    private record Gpt2(Config config, String prefix, ModelDescription description)
            implements Architecture {

        @Override
        public void embed(Pass pass, int[] ids, Matrix hidden) {
            pass.lookUp(prefix + EMBEDDING, ids, config.vocabulary, hidden);
            pass.addPositions(prefix + POSITIONS, 0, hidden);
        }

        @Override
        public void forward(Pass pass, BlockDescription block, Matrix hidden) {
            Matrix normed = pass.scratch("normed", config.hidden);
            pass.layerNorm(block.prefix() + ATTENTION_NORM, config.epsilon, hidden, normed);
            pass.ops().add(attend(pass, block, normed), hidden);

            pass.layerNorm(block.prefix() + MLP_NORM, config.epsilon, hidden, normed);
            Matrix inner = pass.linear(block.group(MLP_INPUT), normed);
            pass.ops().activate(config.activation, inner);
            pass.ops().add(pass.linear(block.group(MLP_OUTPUT), inner), hidden);
        }

        private Matrix attend(Pass pass, BlockDescription block, Matrix x) {
            Matrix qkv = pass.linear(block.group(ATTENTION_INPUT), x);
            long n = config.hidden;
            Heads q = Heads.adjacent(qkv.columns(0, n), config.heads);
            Heads k = Heads.adjacent(qkv.columns(n, 2 * n), config.heads);
            Heads v = Heads.adjacent(qkv.columns(2 * n, 3 * n), config.heads);
            Matrix mixed = pass.scratch("mixed", n);
            float scale = config.attentionScale(block.index());
            pass.ops().attention(new Attention(pass.length(), scale, List.of()), q, k, v, mixed);
            return pass.linear(block.group(ATTENTION_OUTPUT), mixed);
        }

        @Override
        public Matrix beforeHead(Pass pass, Matrix hidden) {
            Matrix normed = pass.scratch("normed", config.hidden);
            pass.layerNorm(prefix + FINAL_NORM, config.epsilon, hidden, normed);
            return normed;
        }
    }
}
