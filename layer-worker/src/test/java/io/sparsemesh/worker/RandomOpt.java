package io.sparsemesh.worker;

import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.checkpoint.SafetensorsWriter;
import io.sparsemesh.checkpoint.TensorSource;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.DoubleSupplier;

/// OPT models with random weights, in F16.
record RandomOpt(int blocks, int hidden, int inner, int vocabulary, int positions) {

    private static final long SEED = 11;
    private static final double SCALE = 0.02;

    Path write(Path folder) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("config.json"), config());
        SafetensorsWriter.write(folder.resolve("model.safetensors"), tensors(), Map.of());
        return folder;
    }

    private String config() {
        return """
        {"model_type": "opt", "vocab_size": %d, "hidden_size": %d, "num_hidden_layers": %d,
         "ffn_dim": %d, "num_attention_heads": %d, "max_position_embeddings": %d,
         "do_layer_norm_before": true, "word_embed_proj_dim": %d, "activation_function": "relu",
         "tie_word_embeddings": true, "torch_dtype": "float16"}
        """
                .formatted(vocabulary, hidden, blocks, inner, hidden / 64, positions, hidden);
    }

    private List<TensorSource> tensors() {
        List<TensorSource> tensors = new ArrayList<>();
        String decoder = "model.decoder.";
        tensors.add(random(decoder + "embed_tokens.weight", vocabulary, hidden));
        tensors.add(random(decoder + "embed_positions.weight", positions + 2, hidden));
        tensors.addAll(norm(decoder + "final_layer_norm"));
        for (int b = 0; b < blocks; b++) {
            String block = decoder + "layers." + b + ".";
            tensors.addAll(norm(block + "self_attn_layer_norm"));
            tensors.addAll(norm(block + "final_layer_norm"));
            for (String linear : List.of("q_proj", "k_proj", "v_proj", "out_proj")) {
                tensors.addAll(linear(block + "self_attn." + linear, hidden, hidden));
            }
            tensors.addAll(linear(block + "fc1", inner, hidden));
            tensors.addAll(linear(block + "fc2", hidden, inner));
        }
        return tensors;
    }

    private List<TensorSource> norm(String name) {
        return List.of(
                filled(name + ".weight", () -> 1, hidden), filled(name + ".bias", () -> 0, hidden));
    }

    private static List<TensorSource> linear(String name, int rows, int cols) {
        return List.of(random(name + ".weight", rows, cols), filled(name + ".bias", () -> 0, rows));
    }

    private static TensorSource random(String name, int... shape) {
        Random random = new Random(SEED + name.hashCode());
        return filled(name, () -> SCALE * random.nextGaussian(), shape);
    }

    private static TensorSource filled(String name, DoubleSupplier value, int... shape) {
        List<Long> dimensions = new ArrayList<>();
        int count = 1;
        for (int dimension : shape) {
            dimensions.add((long) dimension);
            count *= dimension;
        }
        float[] floats = new float[count];
        for (int i = 0; i < count; i++) {
            floats[i] = (float) value.getAsDouble();
        }
        MemorySegment values = MemorySegment.ofArray(floats);
        return TensorSource.ofF32(name, Dtype.F16, dimensions, values);
    }
}
