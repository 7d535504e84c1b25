package io.sparsemesh.engine.family;

import static io.sparsemesh.engine.model.InputGroup.ATTENTION_INPUT;
import static io.sparsemesh.engine.model.InputGroup.ATTENTION_OUTPUT;
import static io.sparsemesh.engine.model.InputGroup.MLP_INPUT;
import static io.sparsemesh.engine.model.InputGroup.MLP_OUTPUT;

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
import java.util.stream.IntStream;

/// BLOOM (BigScience 2022): ALiBi instead of positions, a norm on the embeddings, queries, keys and
/// values interleaved head by head in one projection.
final class BloomFamily implements Family {

    private static final String EMBEDDING = "word_embeddings.weight";
    private static final String EMBEDDING_NORM = "word_embeddings_layernorm";
    private static final String FINAL_NORM = "ln_f";
    private static final String ATTENTION_NORM = "input_layernorm";
    private static final String MLP_NORM = "post_attention_layernorm";

    @Override
    public String modelType() {
        return "bloom";
    }

    @Override
    public Architecture read(ModelConfig config, ModelFolder folder) {
        String prefix = Prefixes.find(folder, EMBEDDING, "transformer.", "");
        Config read = Config.read(config);
        return new Bloom(read, prefix, describe(read, prefix, folder));
    }

    private record Config(
            long hidden,
            long vocabulary,
            long positions,
            int blocks,
            int heads,
            double epsilon,
            boolean residualAfterNorm,
            boolean tied) {

        /// Configs have two spellings of three keys.
        static Config read(ModelConfig config) {
            long hidden = config.size(config.has("n_embed") ? "n_embed" : "hidden_size");
            return new Config(
                    hidden,
                    config.size("vocab_size"),
                    config.size("seq_length", ModelDescription.UNLIMITED),
                    config.count(config.has("n_layer") ? "n_layer" : "num_hidden_layers"),
                    Dimensions.heads(
                            config,
                            config.has("n_head") ? "n_head" : "num_attention_heads",
                            hidden),
                    config.positive("layer_norm_epsilon", 1e-5),
                    config.flag("apply_residual_connection_post_layernorm", false),
                    config.flag("tie_word_embeddings", true));
        }

        long headSize() {
            return hidden / heads;
        }
    }

    private static ModelDescription describe(Config c, String prefix, ModelFolder folder) {
        List<BlockDescription> blocks =
                IntStream.range(0, c.blocks).mapToObj(b -> block(c, prefix, b)).toList();
        List<WeightDescription> weights = new ArrayList<>();
        weights.add(WeightDescription.of(prefix + EMBEDDING, c.vocabulary, c.hidden));
        weights.addAll(
                WeightDescription.layerNorms(
                        c.hidden, prefix + EMBEDDING_NORM, prefix + FINAL_NORM));
        return new ModelDescription(
                "BLOOM",
                "bloom",
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
        String attention = block + "self_attention.";
        String mlp = block + "mlp.";
        long n = c.hidden;
        List<InputGroup> groups =
                List.of(
                        InputGroup.of(
                                ATTENTION_INPUT,
                                LinearDescription.of(
                                        attention + "query_key_value", n, 3 * n, true)),
                        InputGroup.of(
                                ATTENTION_OUTPUT,
                                LinearDescription.of(attention + "dense", n, n, true)),
                        InputGroup.of(
                                MLP_INPUT,
                                LinearDescription.of(mlp + "dense_h_to_4h", n, 4 * n, true)),
                        InputGroup.of(
                                MLP_OUTPUT,
                                LinearDescription.of(mlp + "dense_4h_to_h", 4 * n, n, true)));
        return new BlockDescription(
                index,
                block,
                groups,
                WeightDescription.layerNorms(n, block + ATTENTION_NORM, block + MLP_NORM));
    }

    private record Bloom(Config config, String prefix, ModelDescription description)
            implements Architecture {

        @Override
        public void embed(Pass pass, int[] ids, Matrix hidden) {
            pass.lookUp(prefix + EMBEDDING, ids, config.vocabulary, hidden);
            pass.layerNorm(prefix + EMBEDDING_NORM, config.epsilon, hidden, hidden);
        }

        @Override
        public void forward(Pass pass, BlockDescription block, Matrix hidden) {
            Matrix normed = norm(pass, block.prefix() + ATTENTION_NORM, hidden);
            pass.ops().add(attend(pass, block, normed), hidden);

            normed = norm(pass, block.prefix() + MLP_NORM, hidden);
            Matrix inner = pass.linear(block.group(MLP_INPUT), normed);
            pass.ops().activate(Activation.GELU_TANH, inner);
            pass.ops().add(pass.linear(block.group(MLP_OUTPUT), inner), hidden);
        }

        /// The normed hidden states; the residual continues from them where the config says so.
        private Matrix norm(Pass pass, String name, Matrix hidden) {
            Matrix normed =
                    config.residualAfterNorm ? hidden : pass.scratch("normed", config.hidden);
            pass.layerNorm(name, config.epsilon, hidden, normed);
            return normed;
        }

        private Matrix attend(Pass pass, BlockDescription block, Matrix x) {
            Matrix qkv = pass.linear(block.group(ATTENTION_INPUT), x);
            HeadLayout heads = new HeadLayout(config.heads, config.heads, config.headSize());
            float scale = (float) (1 / Math.sqrt(heads.size()));
            Attention attention = new Attention(pass.length(), scale, Alibi.slopes(config.heads));
            Matrix mixed = Qkv.grouped(qkv, heads).attend(pass, attention);
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
