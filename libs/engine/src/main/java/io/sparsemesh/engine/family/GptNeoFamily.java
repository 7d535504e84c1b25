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

/// GPT-Neo (Black et al. 2021): GPT-2's block with linears stored as they are, attention that
/// is not scaled, and some blocks that see a window of the last tokens only.
final class GptNeoFamily implements Family {

    private static final String EMBEDDING = "wte.weight";
    private static final String POSITIONS = "wpe.weight";
    private static final String FINAL_NORM = "ln_f";
    private static final String ATTENTION_NORM = "ln_1";
    private static final String MLP_NORM = "ln_2";

    @Override
    public String modelType() {
        return "gpt_neo";
    }

    @Override
    public Architecture read(ModelConfig config, ModelFolder folder) {
        String prefix = Prefixes.find(folder, EMBEDDING, "transformer.", "");
        Config read = Config.read(config);
        return new GptNeo(read, prefix, describe(read, prefix, folder));
    }

    private record Config(
            Sizes sizes,
            HeadLayout heads,
            double epsilon,
            Activation activation,
            boolean tied,
            List<Long> windows) {

        static Config read(ModelConfig config) {
            long hidden = config.size("hidden_size");
            int blocks = config.count("num_layers");
            return new Config(
                    new Sizes(
                            hidden,
                            config.size("intermediate_size", 4 * hidden),
                            config.size("vocab_size"),
                            config.size("max_position_embeddings", 2048),
                            blocks),
                    HeadLayout.even(config, "num_heads", hidden),
                    config.positive("layer_norm_epsilon", 1e-5),
                    Activations.read(config, "activation_function", "gelu_new"),
                    config.flag("tie_word_embeddings", true),
                    windows(config, blocks));
        }

        /// `attention_types` is a list of pairs: a list of types, and how often it is repeated.
        private static List<Long> windows(ModelConfig config, int blocks) {
            String key = "attention_types";
            List<Long> windows = new ArrayList<>();
            for (ModelConfig pair : config.list(key)) {
                long times = pair.count("1");
                for (long i = 0; i < times && windows.size() <= blocks; i++) {
                    pair.texts("0").forEach(type -> windows.add(window(config, type)));
                }
            }
            if (windows.size() != blocks) {
                String expected = "types of %d blocks".formatted(blocks);
                throw config.invalid(key, expected, windows.size());
            }
            return windows;
        }

        private static long window(ModelConfig config, String type) {
            return switch (type) {
                case "global" -> Attention.ALL;
                case "local" -> config.size("window_size", 256);
                default ->
                        throw config.unsupported(
                                "gpt_neo", "attention_types", type, List.of("global", "local"));
            };
        }
    }

    private static ModelDescription describe(Config c, String prefix, ModelFolder folder) {
        long n = c.sizes.hidden();
        String embedding = prefix + EMBEDDING;
        List<WeightDescription> weights = new ArrayList<>();
        weights.add(WeightDescription.of(embedding, c.sizes.vocabulary(), n));
        weights.add(WeightDescription.of(prefix + POSITIONS, c.sizes.positions(), n));
        weights.addAll(WeightDescription.layerNorms(n, prefix + FINAL_NORM));
        return c.sizes.describe(
                "GPT-Neo",
                "gpt_neo",
                folder,
                index -> block(c, prefix + "h." + index + ".", index),
                weights,
                Dimensions.head(c.tied, embedding, n, c.sizes.vocabulary()));
    }

    private static BlockDescription block(Config c, String block, int index) {
        long n = c.sizes.hidden();
        long inner = c.sizes.feedForward();
        String attention = block + "attn.attention.";
        List<InputGroup> groups =
                List.of(
                        new InputGroup(ATTENTION_INPUT, Linears.qkv(attention, n, c.heads, false)),
                        InputGroup.of(
                                ATTENTION_OUTPUT,
                                LinearDescription.of(attention + "out_proj", n, n, true)),
                        InputGroup.of(
                                MLP_INPUT,
                                LinearDescription.of(block + "mlp.c_fc", n, inner, true)),
                        InputGroup.of(
                                MLP_OUTPUT,
                                LinearDescription.of(block + "mlp.c_proj", inner, n, true)));
        return new BlockDescription(
                index,
                block,
                groups,
                WeightDescription.layerNorms(n, block + ATTENTION_NORM, block + MLP_NORM));
    }

    private record GptNeo(Config config, String prefix, ModelDescription description)
            implements Architecture {

        @Override
        public void embed(Pass pass, int[] ids, Matrix hidden) {
            pass.lookUp(prefix + EMBEDDING, ids, config.sizes.vocabulary(), hidden);
            pass.addPositions(prefix + POSITIONS, 0, hidden);
        }

        @Override
        public void forward(Pass pass, BlockDescription block, Matrix hidden) {
            Matrix normed = pass.scratch("normed", hidden.cols());
            pass.layerNorm(block.prefix() + ATTENTION_NORM, config.epsilon, hidden, normed);
            pass.ops().add(attend(pass, block, normed), hidden);

            pass.layerNorm(block.prefix() + MLP_NORM, config.epsilon, hidden, normed);
            pass.ops().add(FeedForward.plain(pass, block, config.activation, normed), hidden);
        }

        private Matrix attend(Pass pass, BlockDescription block, Matrix x) {
            List<Matrix> projections = pass.linears(block.group(ATTENTION_INPUT), x);
            long window = config.windows.get(block.index());
            Attention attention = new Attention(pass.length(), 1, List.of()).within(window);
            Matrix mixed = Qkv.separate(projections, config.heads).attend(pass, attention);
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
