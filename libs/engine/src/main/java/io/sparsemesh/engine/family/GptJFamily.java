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

/// GPT-J (Wang and Komatsuzaki 2021): attention and feed-forward side by side on one layer norm,
/// neighbouring columns of each head rotated, a head with a bias.
final class GptJFamily implements Family {

    private static final String EMBEDDING = "wte.weight";
    private static final String FINAL_NORM = "ln_f";
    private static final String NORM = "ln_1";

    @Override
    public String modelType() {
        return "gptj";
    }

    @Override
    public Architecture read(ModelConfig config, ModelFolder folder) {
        String prefix = Prefixes.find(folder, EMBEDDING, "transformer.", "");
        Config read = Config.read(config);
        return new GptJ(read, prefix, describe(read, prefix, folder));
    }

    private record Config(
            Sizes sizes, HeadLayout heads, double epsilon, Activation activation, Rotary rotary) {

        static Config read(ModelConfig config) {
            Dimensions.refuse(config, "tie_word_embeddings");
            long hidden = config.size("n_embd");
            HeadLayout heads = HeadLayout.even(config, "n_head", hidden);
            return new Config(
                    new Sizes(
                            hidden,
                            config.size("n_inner", 4 * hidden),
                            config.size("vocab_size"),
                            config.size("n_positions", 2048),
                            config.count("n_layer")),
                    heads,
                    config.positive("layer_norm_epsilon", 1e-5),
                    Activations.read(config, "activation_function", "gelu_new"),
                    rotary(config, heads.size()));
        }

        private static Rotary rotary(ModelConfig config, long headSize) {
            if (config.isNull("rotary_dim")) {
                throw config.unsupported("gptj", "rotary_dim", null, List.of("a number"));
            }
            long rotated = config.size("rotary_dim", 64);
            if (rotated % 2 != 0 || rotated > headSize) {
                throw config.invalid(
                        "rotary_dim",
                        "an even number of the %d columns".formatted(headSize),
                        rotated);
            }
            return Rotary.neighbours(rotated);
        }
    }

    private static ModelDescription describe(Config c, String prefix, ModelFolder folder) {
        long n = c.sizes.hidden();
        long vocabulary = c.sizes.vocabulary();
        List<WeightDescription> weights = new ArrayList<>();
        weights.add(WeightDescription.of(prefix + EMBEDDING, vocabulary, n));
        weights.addAll(WeightDescription.layerNorms(n, prefix + FINAL_NORM));
        return c.sizes.describe(
                "GPT-J",
                "gptj",
                folder,
                index -> block(c, prefix + "h." + index + ".", index),
                weights,
                LinearDescription.of("lm_head", n, vocabulary, true));
    }

    private static BlockDescription block(Config c, String block, int index) {
        long n = c.sizes.hidden();
        long inner = c.sizes.feedForward();
        List<LinearDescription> qkv = Linears.qkv(block + "attn.", n, c.heads, false);
        LinearDescription in = LinearDescription.of(block + "mlp.fc_in", n, inner, true);
        return new BlockDescription(
                index,
                block,
                List.of(
                        new InputGroup(BLOCK_INPUT, Linears.both(qkv, List.of(in))),
                        InputGroup.of(
                                ATTENTION_OUTPUT,
                                LinearDescription.of(block + "attn.out_proj", n, n, false)),
                        InputGroup.of(
                                MLP_OUTPUT,
                                LinearDescription.of(block + "mlp.fc_out", inner, n, true))),
                WeightDescription.layerNorms(n, block + NORM));
    }

    private record GptJ(Config config, String prefix, ModelDescription description)
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
            Matrix mixed =
                    Qkv.separate(projections, config.heads)
                            .rotated(pass, config.rotary)
                            .attend(pass, config.heads.attention(pass));
            pass.ops().add(pass.linear(block.group(ATTENTION_OUTPUT), mixed), hidden);
            Matrix inner = projections.getLast();
            pass.ops().add(FeedForward.down(pass, block, config.activation, inner), hidden);
        }

        @Override
        public Matrix beforeHead(Pass pass, Matrix hidden) {
            Matrix normed = pass.scratch("normed", hidden.cols());
            pass.layerNorm(prefix + FINAL_NORM, config.epsilon, hidden, normed);
            return normed;
        }
    }
}
