package io.sparsemesh.engine.family;

import static io.sparsemesh.engine.model.InputGroup.ATTENTION_INPUT;
import static io.sparsemesh.engine.model.InputGroup.ATTENTION_OUTPUT;
import static io.sparsemesh.engine.model.InputGroup.BLOCK_INPUT;
import static io.sparsemesh.engine.model.InputGroup.MLP_INPUT;
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

/// Falcon (Almazrouei et al. 2023): queries, keys and values in one projection, grouped by key
/// head. Attention and feed-forward run side by side, on one norm or on two, or one after the
/// other.
final class FalconFamily implements Family {

    private static final String EMBEDDING = "word_embeddings.weight";
    private static final String FINAL_NORM = "ln_f";
    private static final String ATTENTION_NORM = "input_layernorm";
    private static final String MLP_NORM = "post_attention_layernorm";

    @Override
    public String modelType() {
        return "falcon";
    }

    @Override
    public Architecture read(ModelConfig config, ModelFolder folder) {
        String prefix = Prefixes.find(folder, EMBEDDING, "transformer.", "");
        Config read = Config.read(config);
        return new Falcon(read, prefix, describe(read, prefix, folder));
    }

    /// How attention and feed-forward are put together.
    private enum Form {
        /// Side by side on one norm.
        ONE_NORM,
        /// Side by side, each on a norm of its own.
        TWO_NORMS,
        /// One after the other.
        SEQUENTIAL
    }

    private record Config(
            Sizes sizes,
            HeadLayout heads,
            double epsilon,
            Activation activation,
            Form form,
            boolean biased,
            boolean tied,
            Rotary rotary) {

        static Config read(ModelConfig config) {
            Dimensions.refuse(config, "alibi");
            long hidden = config.size("hidden_size");
            HeadLayout heads = heads(config, hidden);
            return new Config(
                    new Sizes(
                            hidden,
                            config.size("ffn_hidden_size", 4 * hidden),
                            config.size("vocab_size"),
                            config.size("max_position_embeddings", 2048),
                            config.count("num_hidden_layers")),
                    heads,
                    config.positive("layer_norm_epsilon", 1e-5),
                    Activations.read(config, "activation", "gelu"),
                    form(config),
                    config.flag("bias", false),
                    config.flag("tie_word_embeddings", true),
                    Rotary.whole(config, heads.size()));
        }

        /// The old form has one key head or as many as queries, whatever `num_kv_heads` says.
        private static HeadLayout heads(ModelConfig config, long hidden) {
            HeadLayout even = HeadLayout.even(config, "num_attention_heads", hidden);
            int heads = even.queries();
            if (config.flag("new_decoder_architecture", false)) {
                int keyValues = HeadLayout.keyValues(config, "num_kv_heads", heads);
                return new HeadLayout(heads, keyValues, even.size());
            }
            return config.flag("multi_query", true) ? new HeadLayout(heads, 1, even.size()) : even;
        }

        private static Form form(ModelConfig config) {
            boolean parallel = config.flag("parallel_attn", true);
            String norms = "num_ln_in_parallel_attn";
            if (!config.flag("new_decoder_architecture", false)) {
                if (parallel && config.size(norms, 1) != 1) {
                    throw config.unsupported("falcon", norms, config.size(norms), List.of("1"));
                }
                return parallel ? Form.ONE_NORM : Form.SEQUENTIAL;
            }
            if (!parallel) {
                throw config.unsupported("falcon", "parallel_attn", false, List.of("true"));
            }
            long count = config.size(norms, 2);
            if (count > 2) {
                throw config.unsupported("falcon", norms, count, List.of("1", "2"));
            }
            return count == 1 ? Form.ONE_NORM : Form.TWO_NORMS;
        }
    }

    private static ModelDescription describe(Config c, String prefix, ModelFolder folder) {
        long n = c.sizes.hidden();
        String embedding = prefix + EMBEDDING;
        List<WeightDescription> weights = new ArrayList<>();
        weights.add(WeightDescription.of(embedding, c.sizes.vocabulary(), n));
        weights.addAll(WeightDescription.layerNorms(n, prefix + FINAL_NORM));
        return c.sizes.describe(
                "Falcon",
                "falcon",
                folder,
                index -> block(c, prefix + "h." + index + ".", index),
                weights,
                Dimensions.head(c.tied, embedding, n, c.sizes.vocabulary()));
    }

    private static BlockDescription block(Config c, String block, int index) {
        long n = c.sizes.hidden();
        long inner = c.sizes.feedForward();
        String attention = block + "self_attention.";
        String mlp = block + "mlp.";
        LinearDescription qkv =
                LinearDescription.of(attention + "query_key_value", n, c.heads.columns(), c.biased);
        LinearDescription in = LinearDescription.of(mlp + "dense_h_to_4h", n, inner, c.biased);
        List<InputGroup> groups = new ArrayList<>();
        groups.add(
                c.form == Form.ONE_NORM
                        ? InputGroup.of(BLOCK_INPUT, qkv, in)
                        : InputGroup.of(ATTENTION_INPUT, qkv));
        groups.add(
                InputGroup.of(
                        ATTENTION_OUTPUT,
                        LinearDescription.of(attention + "dense", n, n, c.biased)));
        if (c.form != Form.ONE_NORM) {
            groups.add(InputGroup.of(MLP_INPUT, in));
        }
        groups.add(
                InputGroup.of(
                        MLP_OUTPUT,
                        LinearDescription.of(mlp + "dense_4h_to_h", inner, n, c.biased)));
        return new BlockDescription(index, block, groups, norms(c, n, block));
    }

    private static List<WeightDescription> norms(Config c, long n, String block) {
        return switch (c.form) {
            case ONE_NORM -> WeightDescription.layerNorms(n, block + ATTENTION_NORM);
            case TWO_NORMS -> WeightDescription.layerNorms(n, block + "ln_attn", block + "ln_mlp");
            case SEQUENTIAL ->
                    WeightDescription.layerNorms(n, block + ATTENTION_NORM, block + MLP_NORM);
        };
    }

    private record Falcon(Config config, String prefix, ModelDescription description)
            implements Architecture {

        @Override
        public void embed(Pass pass, int[] ids, Matrix hidden) {
            pass.lookUp(prefix + EMBEDDING, ids, config.sizes.vocabulary(), hidden);
        }

        @Override
        public void forward(Pass pass, BlockDescription block, Matrix hidden) {
            switch (config.form) {
                case ONE_NORM -> onOneNorm(pass, block, hidden);
                case TWO_NORMS -> onTwoNorms(pass, block, hidden);
                case SEQUENTIAL -> inTurn(pass, block, hidden);
            }
        }

        private void onOneNorm(Pass pass, BlockDescription block, Matrix hidden) {
            Matrix x = norm(pass, block, ATTENTION_NORM, hidden);
            List<Matrix> projections = pass.linears(block.group(BLOCK_INPUT), x);
            pass.ops().add(attend(pass, block, projections.get(0)), hidden);
            Matrix inner = projections.get(1);
            pass.ops().add(FeedForward.down(pass, block, config.activation, inner), hidden);
        }

        private void onTwoNorms(Pass pass, BlockDescription block, Matrix hidden) {
            Matrix x = norm(pass, block, "ln_attn", hidden);
            Matrix attended = attend(pass, block, pass.linear(block.group(ATTENTION_INPUT), x));
            x = norm(pass, block, "ln_mlp", hidden);
            pass.ops().add(attended, hidden);
            pass.ops().add(FeedForward.plain(pass, block, config.activation, x), hidden);
        }

        private void inTurn(Pass pass, BlockDescription block, Matrix hidden) {
            Matrix x = norm(pass, block, ATTENTION_NORM, hidden);
            Matrix qkv = pass.linear(block.group(ATTENTION_INPUT), x);
            pass.ops().add(attend(pass, block, qkv), hidden);
            x = norm(pass, block, MLP_NORM, hidden);
            pass.ops().add(FeedForward.plain(pass, block, config.activation, x), hidden);
        }

        private Matrix norm(Pass pass, BlockDescription block, String name, Matrix hidden) {
            Matrix normed = pass.scratch("normed", hidden.cols());
            pass.layerNorm(block.prefix() + name, config.epsilon, hidden, normed);
            return normed;
        }

        private Matrix attend(Pass pass, BlockDescription block, Matrix projection) {
            Matrix mixed =
                    Qkv.grouped(projection, config.heads)
                            .rotated(pass, config.rotary)
                            .attend(pass, config.heads.attention(pass));
            return pass.linear(block.group(ATTENTION_OUTPUT), mixed);
        }

        @Override
        public Matrix beforeHead(Pass pass, Matrix hidden) {
            Matrix normed = pass.scratch("normed", hidden.cols());
            pass.layerNorm(prefix + FINAL_NORM, config.epsilon, hidden, normed);
            return normed;
        }
    }
}
