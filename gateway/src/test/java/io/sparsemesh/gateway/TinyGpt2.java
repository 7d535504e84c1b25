package io.sparsemesh.gateway;

import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.checkpoint.SafetensorsWriter;
import io.sparsemesh.checkpoint.TensorSource;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Writes a GPT-2 folder of one block, all weights 0: its linears lie transposed.
final class TinyGpt2 {

    private static final String CONFIG =
            """
            {"model_type": "gpt2", "n_embd": 8, "n_layer": 1, "n_head": 2, "vocab_size": 32,
             "n_positions": 64, "layer_norm_epsilon": 1e-5, "activation_function": "gelu_new"}
            """;

    private TinyGpt2() {}

    static Path write(Path folder) throws IOException {
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        shapes.put("wte.weight", List.of(32L, 8L));
        shapes.put("wpe.weight", List.of(64L, 8L));
        for (String norm : List.of("h.0.ln_1", "h.0.ln_2", "ln_f")) {
            shapes.put(norm + ".weight", List.of(8L));
            shapes.put(norm + ".bias", List.of(8L));
        }
        conv1d(shapes, "h.0.attn.c_attn", 8, 24);
        conv1d(shapes, "h.0.attn.c_proj", 8, 8);
        conv1d(shapes, "h.0.mlp.c_fc", 8, 32);
        conv1d(shapes, "h.0.mlp.c_proj", 32, 8);
        List<TensorSource> tensors = new ArrayList<>();
        shapes.forEach((name, shape) -> tensors.add(zeros(name, shape)));
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("config.json"), CONFIG);
        SafetensorsWriter.write(folder.resolve("model.safetensors"), tensors, Map.of());
        return folder;
    }

    private static void conv1d(
            Map<String, List<Long>> shapes, String name, long inputs, long outputs) {
        shapes.put(name + ".weight", List.of(inputs, outputs));
        shapes.put(name + ".bias", List.of(outputs));
    }

    private static TensorSource zeros(String name, List<Long> shape) {
        int elements = Math.toIntExact(shape.stream().reduce(1L, Math::multiplyExact));
        return TensorSource.ofF32(
                name, Dtype.F32, shape, MemorySegment.ofArray(new float[elements]));
    }
}
