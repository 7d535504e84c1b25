package io.sparsemesh.engine.family;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.checkpoint.SafetensorsWriter;
import io.sparsemesh.checkpoint.TensorSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/// A model folder in the making: two blocks of hidden size 8, 4 heads, vocabulary 11, random
/// weights that depend on the tensor's name and length.
public final class SmallModel {

    private record Entry(Dtype dtype, List<Long> shape, float[] values) {}

    private final Map<String, Object> config = new LinkedHashMap<>();
    private final Map<String, Entry> tensors = new LinkedHashMap<>();

    private SmallModel(String type) {
        config.put("model_type", type);
        config.put("vocab_size", 11);
    }

    public static SmallModel of(String type) {
        return switch (type) {
            case "llama" -> llama();
            case "gpt2" -> gpt2();
            case "opt" -> opt();
            case "bloom" -> bloom();
            default -> throw new IllegalArgumentException(type);
        };
    }

    public static SmallModel llama() {
        SmallModel model =
                new SmallModel("llama")
                        .with("hidden_size", 8)
                        .with("intermediate_size", 12)
                        .with("num_hidden_layers", 2)
                        .with("num_attention_heads", 4)
                        .with("num_key_value_heads", 2)
                        .with("max_position_embeddings", 32)
                        .with("rms_norm_eps", 1e-5);
        model.add("model.embed_tokens.weight", 11, 8)
                .add("model.norm.weight", 8)
                .add("lm_head.weight", 11, 8);
        for (int b = 0; b < 2; b++) {
            String block = "model.layers." + b + ".";
            model.add(block + "self_attn.q_proj.weight", 8, 8)
                    .add(block + "self_attn.k_proj.weight", 4, 8)
                    .add(block + "self_attn.v_proj.weight", 4, 8)
                    .add(block + "self_attn.o_proj.weight", 8, 8)
                    .add(block + "mlp.gate_proj.weight", 12, 8)
                    .add(block + "mlp.up_proj.weight", 12, 8)
                    .add(block + "mlp.down_proj.weight", 8, 12)
                    .add(block + "input_layernorm.weight", 8)
                    .add(block + "post_attention_layernorm.weight", 8);
        }
        return model;
    }

    public static SmallModel gpt2() {
        SmallModel model =
                new SmallModel("gpt2")
                        .with("n_embd", 8)
                        .with("n_layer", 2)
                        .with("n_head", 4)
                        .with("n_positions", 32);
        model.add("transformer.wte.weight", 11, 8)
                .add("transformer.wpe.weight", 32, 8)
                .addWithBias("transformer.ln_f", 8);
        for (int b = 0; b < 2; b++) {
            String block = "transformer.h." + b + ".";
            model.addWithBias(block + "ln_1", 8)
                    .addWithBias(block + "ln_2", 8)
                    .addConv1d(block + "attn.c_attn", 8, 24)
                    .addConv1d(block + "attn.c_proj", 8, 8)
                    .addConv1d(block + "mlp.c_fc", 8, 32)
                    .addConv1d(block + "mlp.c_proj", 32, 8);
        }
        return model;
    }

    public static SmallModel opt() {
        SmallModel model =
                new SmallModel("opt")
                        .with("hidden_size", 8)
                        .with("ffn_dim", 16)
                        .with("num_hidden_layers", 2)
                        .with("num_attention_heads", 4)
                        .with("max_position_embeddings", 32);
        model.add("model.decoder.embed_tokens.weight", 11, 8)
                .add("model.decoder.embed_positions.weight", 34, 8)
                .addWithBias("model.decoder.final_layer_norm", 8);
        for (int b = 0; b < 2; b++) {
            String block = "model.decoder.layers." + b + ".";
            model.addWithBias(block + "self_attn_layer_norm", 8)
                    .addWithBias(block + "final_layer_norm", 8)
                    .addWithBias(block + "self_attn.q_proj", 8, 8)
                    .addWithBias(block + "self_attn.k_proj", 8, 8)
                    .addWithBias(block + "self_attn.v_proj", 8, 8)
                    .addWithBias(block + "self_attn.out_proj", 8, 8)
                    .addWithBias(block + "fc1", 16, 8)
                    .addWithBias(block + "fc2", 8, 16);
        }
        return model;
    }

    public static SmallModel bloom() {
        SmallModel model =
                new SmallModel("bloom").with("hidden_size", 8).with("n_layer", 2).with("n_head", 4);
        model.add("transformer.word_embeddings.weight", 11, 8)
                .addWithBias("transformer.word_embeddings_layernorm", 8)
                .addWithBias("transformer.ln_f", 8);
        for (int b = 0; b < 2; b++) {
            String block = "transformer.h." + b + ".";
            model.addWithBias(block + "input_layernorm", 8)
                    .addWithBias(block + "post_attention_layernorm", 8)
                    .addWithBias(block + "self_attention.query_key_value", 24, 8)
                    .addWithBias(block + "self_attention.dense", 8, 8)
                    .addWithBias(block + "mlp.dense_h_to_4h", 32, 8)
                    .addWithBias(block + "mlp.dense_4h_to_h", 8, 32);
        }
        return model;
    }

    private SmallModel add(String tensor, long... shape) {
        Long[] boxed = Arrays.stream(shape).boxed().toArray(Long[]::new);
        return withTensor(tensor, Dtype.F32, boxed);
    }

    /// A weight and a bias as long as the weight has rows.
    private SmallModel addWithBias(String name, long... shape) {
        return add(name + ".weight", shape).add(name + ".bias", shape[0]);
    }

    private SmallModel addConv1d(String name, long inputs, long outputs) {
        return add(name + ".weight", inputs, outputs).add(name + ".bias", outputs);
    }

    public SmallModel with(String key, Object value) {
        config.put(key, value);
        return this;
    }

    public SmallModel without(String key) {
        config.remove(key);
        return this;
    }

    /// An object in the config, its keys and values in turn.
    public SmallModel withObject(String key, Object... keysAndValues) {
        Map<String, Object> object = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            object.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return with(key, object);
    }

    public SmallModel withTensor(String tensor, Dtype dtype, Long... shape) {
        int elements = Arrays.stream(shape).mapToInt(Long::intValue).reduce(1, (a, b) -> a * b);
        Random random = new Random(tensor.hashCode());
        float[] values = new float[elements];
        for (int i = 0; i < elements; i++) {
            values[i] = (float) random.nextGaussian() * 0.5f;
        }
        tensors.put(tensor, new Entry(dtype, List.of(shape), values));
        return this;
    }

    /// The same model with all tensors in that type.
    public SmallModel in(Dtype dtype) {
        tensors.replaceAll((_, entry) -> new Entry(dtype, entry.shape, entry.values));
        return this;
    }

    public SmallModel withoutTensor(String tensor) {
        tensors.remove(tensor);
        return this;
    }

    public SmallModel withValue(String tensor, int element, float value) {
        tensors.get(tensor).values[element] = value;
        return this;
    }

    public SmallModel fill(String tensor, float value) {
        Arrays.fill(tensors.get(tensor).values, value);
        return this;
    }

    /// Scales columns of a matrix whose rows are `width` long.
    public SmallModel scale(String tensor, int from, int to, int width, float factor) {
        float[] values = tensors.get(tensor).values;
        for (int i = 0; i < values.length; i++) {
            values[i] *= i % width >= from && i % width < to ? factor : 1;
        }
        return this;
    }

    public Set<String> tensors() {
        return tensors.keySet();
    }

    /// Writes the folder, over whatever model was there.
    public Path write(Path folder) {
        List<TensorSource> sources = new ArrayList<>();
        tensors.forEach(
                (name, entry) ->
                        sources.add(
                                TensorSource.ofF32(
                                        name,
                                        entry.dtype,
                                        entry.shape,
                                        MemorySegment.ofArray(entry.values))));
        try {
            Files.write(folder.resolve("config.json"), new JsonMapper().writeValueAsBytes(config));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        SafetensorsWriter.write(folder.resolve("model.safetensors"), sources, Map.of());
        return folder;
    }
}
