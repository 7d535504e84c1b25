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

/// LLaMA (Touvron et al. 2023) and its successors up to Llama 3: rotary positions, RMS norm,
/// gated feed-forward, grouped-query attention.
final class LlamaFamily implements Family {

    private static final String EMBEDDING = "embed_tokens.weight";
    private static final String FINAL_NORM = "norm";
    private static final String ATTENTION_NORM = "input_layernorm";
    private static final String MLP_NORM = "post_attention_layernorm";

    @Override
    public String modelType() {
        return "llama";
    }

    @Override
    public Architecture read(ModelConfig config, ModelFolder folder) {
        String prefix = Prefixes.find(folder, EMBEDDING, "model.", "");
        Config read = Config.read(config);
        return new Llama(read, prefix, describe(read, prefix, folder));
    }

    private record Config(
            long hidden,
            long feedForward,
            long vocabulary,
            long positions,
            int blocks,
            int heads,
            int keyValueHeads,
            long headSize,
            double epsilon,
            Activation activation,
            boolean attentionBiased,
            boolean mlpBiased,
            boolean tied,
            Rotary rotary) {

        static Config read(ModelConfig config) {
            long hidden = config.size("hidden_size");
            int heads =
                    config.has("head_dim")
                            ? config.count("num_attention_heads")
                            : Dimensions.heads(config, "num_attention_heads", hidden);
            long headSize = config.size("head_dim", hidden / heads);
            return new Config(
                    hidden,
                    config.size("intermediate_size"),
                    config.size("vocab_size"),
                    config.size("max_position_embeddings", 2048),
                    config.count("num_hidden_layers"),
                    heads,
                    keyValueHeads(config, heads),
                    evenHeadSize(config, headSize),
                    config.positive("rms_norm_eps", 1e-6),
                    Activations.read(config, "hidden_act", "silu"),
                    config.flag("attention_bias", false),
                    config.flag("mlp_bias", false),
                    config.flag("tie_word_embeddings", false),
                    Rotary.read(config, headSize));
        }

        private static int keyValueHeads(ModelConfig config, int heads) {
            String key = "num_key_value_heads";
            int keyValueHeads = config.has(key) ? config.count(key) : heads;
            if (heads % keyValueHeads != 0) {
                throw config.invalid(key, "a divisor of the " + heads + " heads", keyValueHeads);
            }
            return keyValueHeads;
        }

        private static long evenHeadSize(ModelConfig config, long headSize) {
            if (headSize % 2 != 0) {
                throw config.invalid("head_dim", "an even head size for rotation", headSize);
            }
            return headSize;
        }
    }

    private static ModelDescription describe(Config c, String prefix, ModelFolder folder) {
        List<BlockDescription> blocks =
                IntStream.range(0, c.blocks).mapToObj(b -> block(c, prefix, b)).toList();
        List<WeightDescription> weights = new ArrayList<>();
        weights.add(WeightDescription.of(prefix + EMBEDDING, c.vocabulary, c.hidden));
        weights.addAll(WeightDescription.rmsNorms(c.hidden, prefix + FINAL_NORM));
        return new ModelDescription(
                "LLaMA",
                "llama",
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
        String block = prefix + "layers." + index + ".";
        List<InputGroup> groups = new ArrayList<>(attentionGroups(c, block + "self_attn."));
        groups.addAll(mlpGroups(c, block + "mlp."));
        return new BlockDescription(
                index,
                block,
                groups,
                WeightDescription.rmsNorms(c.hidden, block + ATTENTION_NORM, block + MLP_NORM));
    }

    private static List<InputGroup> attentionGroups(Config c, String name) {
        long queries = c.heads * c.headSize;
        long keys = c.keyValueHeads * c.headSize;
        boolean biased = c.attentionBiased;
        return List.of(
                InputGroup.of(
                        ATTENTION_INPUT,
                        LinearDescription.of(name + "q_proj", c.hidden, queries, biased),
                        LinearDescription.of(name + "k_proj", c.hidden, keys, biased),
                        LinearDescription.of(name + "v_proj", c.hidden, keys, biased)),
                InputGroup.of(
                        ATTENTION_OUTPUT,
                        LinearDescription.of(name + "o_proj", queries, c.hidden, biased)));
    }

    private static List<InputGroup> mlpGroups(Config c, String name) {
        long inner = c.feedForward;
        return List.of(
                InputGroup.of(
                        MLP_INPUT,
                        LinearDescription.of(name + "gate_proj", c.hidden, inner, c.mlpBiased),
                        LinearDescription.of(name + "up_proj", c.hidden, inner, c.mlpBiased)),
                InputGroup.of(
                        MLP_OUTPUT,
                        LinearDescription.of(name + "down_proj", inner, c.hidden, c.mlpBiased)));
    }

    private record Llama(Config config, String prefix, ModelDescription description)
            implements Architecture {

        @Override
        public void embed(Pass pass, int[] ids, Matrix hidden) {
            pass.lookUp(prefix + EMBEDDING, ids, config.vocabulary, hidden);
        }

        @Override
        public void forward(Pass pass, BlockDescription block, Matrix hidden) {
            Matrix normed = pass.scratch("normed", config.hidden);
            pass.rmsNorm(block.prefix() + ATTENTION_NORM, config.epsilon, hidden, normed);
            pass.ops().add(attend(pass, block, normed), hidden);

            pass.rmsNorm(block.prefix() + MLP_NORM, config.epsilon, hidden, normed);
            List<Matrix> gateAndUp = pass.linears(block.group(MLP_INPUT), normed);
            Matrix inner = gateAndUp.get(0);
            pass.ops().activate(config.activation, inner);
            pass.ops().multiply(gateAndUp.get(1), inner);
            pass.ops().add(pass.linear(block.group(MLP_OUTPUT), inner), hidden);
        }

        private Matrix attend(Pass pass, BlockDescription block, Matrix x) {
            List<Matrix> qkv = pass.linears(block.group(ATTENTION_INPUT), x);
            Heads q = Heads.adjacent(qkv.get(0), config.heads);
            Heads k = Heads.adjacent(qkv.get(1), config.keyValueHeads);
            Heads v = Heads.adjacent(qkv.get(2), config.keyValueHeads);
            config.rotary.apply(pass, q, k);
            Matrix mixed = pass.scratch("mixed", config.heads * config.headSize);
            float scale = (float) (1 / Math.sqrt(config.headSize));
            pass.ops().attention(new Attention(pass.length(), scale, List.of()), q, k, v, mixed);
            return pass.linear(block.group(ATTENTION_OUTPUT), mixed);
        }

        @Override
        public Matrix beforeHead(Pass pass, Matrix hidden) {
            Matrix normed = pass.scratch("normed", config.hidden);
            pass.rmsNorm(prefix + FINAL_NORM, config.epsilon, hidden, normed);
            return normed;
        }
    }
}
