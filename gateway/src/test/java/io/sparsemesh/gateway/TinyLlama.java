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
import java.util.stream.LongStream;

/// Writes model folders of two blocks and a hidden size of 8, all weights 0.
final class TinyLlama {

    static final int BLOCKS = 2;
    static final int LINEARS = 14;

    private static final String CONFIG =
            """
            {"model_type": "%s", "hidden_size": 8, "intermediate_size": 16, "num_hidden_layers": 2,
             "num_attention_heads": 2, "num_key_value_heads": 1, "vocab_size": 32,
             "max_position_embeddings": 64, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
             "hidden_act": "silu", "tie_word_embeddings": false}
            """;

    private TinyLlama() {}

    /// A whole model without a tokenizer.
    static Path write(Path folder) {
        return write(folder, "llama", "");
    }

    /// @param missing name of a tensor to leave out, empty for none
    static Path write(Path folder, String modelType, String missing) {
        Map<String, List<Long>> shapes = shapes();
        shapes.remove(missing);
        List<TensorSource> tensors = new ArrayList<>();
        shapes.forEach((name, shape) -> tensors.add(zeros(name, Dtype.F32, shape)));
        try {
            Files.createDirectories(folder);
            Files.writeString(folder.resolve("config.json"), CONFIG.formatted(modelType));
            SafetensorsWriter.write(folder.resolve("model.safetensors"), tensors, Map.of());
            return folder;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /// A file of token ids, all 0.
    static Path ids(Path file, String tensor, Dtype dtype, Long... shape) {
        SafetensorsWriter.write(file, List.of(zeros(tensor, dtype, List.of(shape))), Map.of());
        return file;
    }

    private static TensorSource zeros(String name, Dtype dtype, List<Long> shape) {
        long bytes = dtype.bytes() * shape.stream().reduce(1L, Math::multiplyExact);
        return new TensorSource(
                name,
                dtype,
                shape,
                sink -> sink.write(MemorySegment.ofArray(new byte[Math.toIntExact(bytes)])));
    }

    private static Map<String, List<Long>> shapes() {
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        shapes.put("model.embed_tokens.weight", List.of(32L, 8L));
        LongStream.range(0, BLOCKS).forEach(block -> putBlock(shapes, "model.layers." + block));
        shapes.put("model.norm.weight", List.of(8L));
        shapes.put("lm_head.weight", List.of(32L, 8L));
        return shapes;
    }

    private static void putBlock(Map<String, List<Long>> shapes, String block) {
        shapes.put(block + ".input_layernorm.weight", List.of(8L));
        shapes.put(block + ".self_attn.q_proj.weight", List.of(8L, 8L));
        shapes.put(block + ".self_attn.k_proj.weight", List.of(4L, 8L));
        shapes.put(block + ".self_attn.v_proj.weight", List.of(4L, 8L));
        shapes.put(block + ".self_attn.o_proj.weight", List.of(8L, 8L));
        shapes.put(block + ".post_attention_layernorm.weight", List.of(8L));
        shapes.put(block + ".mlp.gate_proj.weight", List.of(16L, 8L));
        shapes.put(block + ".mlp.up_proj.weight", List.of(16L, 8L));
        shapes.put(block + ".mlp.down_proj.weight", List.of(8L, 16L));
    }
}
