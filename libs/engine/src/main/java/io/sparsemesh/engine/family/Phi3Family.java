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
import java.util.List;

/// Phi-3 (Abdin et al. 2024): LLaMA's block with queries, keys and values in one projection,
/// and gate and up in another; part of each head may be rotated.
final class Phi3Family implements Family {

    private static final String EMBEDDING = "embed_tokens.weight";
    private static final String FINAL_NORM = "norm";
    private static final String ATTENTION_NORM = "input_layernorm";
    private static final String MLP_NORM = "post_attention_layernorm";

    @Override
    public String modelType() {
        return "phi3";
    }

    @Override
    public Architecture read(ModelConfig config, ModelFolder folder) {
        String prefix = Prefixes.find(folder, EMBEDDING, "model.", "");
        Config read = Config.read(config);
        return new Phi3(read, prefix, describe(read, prefix, folder));
    }

    private record Config(
            Sizes sizes,
            HeadLayout heads,
            double epsilon,
            Activation activation,
            boolean tied,
            long window,
            Rotary rotary) {

        static Config read(ModelConfig config) {
            Sizes sizes = Sizes.read(config);
            HeadLayout heads = HeadLayout.read(config, sizes.hidden());
            return new Config(
                    sizes,
                    heads,
                    config.positive("rms_norm_eps", 1e-5),
                    Activations.read(config, "hidden_act", "silu"),
                    config.flag("tie_word_embeddings", false),
                    Windows.size(config, Attention.ALL),
                    Rotary.part(config, heads.size(), Rotary.Keys.usual(10_000, 1)));
        }
    }

    private static ModelDescription describe(Config c, String prefix, ModelFolder folder) {
        long n = c.sizes.hidden();
        String embedding = prefix + EMBEDDING;
        return c.sizes.describe(
                "Phi-3",
                "phi3",
                folder,
                index -> block(c, prefix + "layers." + index + ".", index),
                List.of(
                        WeightDescription.of(embedding, c.sizes.vocabulary(), n),
                        WeightDescription.of(prefix + FINAL_NORM + ".weight", n)),
                Dimensions.head(c.tied, embedding, n, c.sizes.vocabulary()));
    }

    private static BlockDescription block(Config c, String block, int index) {
        long n = c.sizes.hidden();
        long inner = c.sizes.feedForward();
        long queries = c.heads.queryColumns();
        String attention = block + "self_attn.";
        String mlp = block + "mlp.";
        List<InputGroup> groups =
                List.of(
                        InputGroup.of(
                                ATTENTION_INPUT,
                                LinearDescription.of(
                                        attention + "qkv_proj", n, c.heads.columns(), false)),
                        InputGroup.of(
                                ATTENTION_OUTPUT,
                                LinearDescription.of(attention + "o_proj", queries, n, false)),
                        InputGroup.of(
                                MLP_INPUT,
                                LinearDescription.of(mlp + "gate_up_proj", n, 2 * inner, false)),
                        InputGroup.of(
                                MLP_OUTPUT,
                                LinearDescription.of(mlp + "down_proj", inner, n, false)));
        return new BlockDescription(
                index,
                block,
                groups,
                WeightDescription.rmsNorms(n, block + ATTENTION_NORM, block + MLP_NORM));
    }

    private record Phi3(Config config, String prefix, ModelDescription description)
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
            pass.ops().add(feedForward(pass, block, normed), hidden);
        }

        private Matrix feedForward(Pass pass, BlockDescription block, Matrix x) {
            Matrix both = pass.linear(block.group(MLP_INPUT), x);
            long inner = config.sizes.feedForward();
            Matrix gate = both.columns(0, inner);
            Matrix up = both.columns(inner, 2 * inner);
            return FeedForward.gatedDown(
                    pass, block.group(MLP_OUTPUT), config.activation, gate, up);
        }

        private Matrix attend(Pass pass, BlockDescription block, Matrix x) {
            Matrix projection = pass.linear(block.group(ATTENTION_INPUT), x);
            Attention attention = config.heads.attention(pass).within(config.window);
            Matrix mixed =
                    Qkv.stacked(projection, config.heads)
                            .rotated(pass, config.rotary)
                            .attend(pass, attention);
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
