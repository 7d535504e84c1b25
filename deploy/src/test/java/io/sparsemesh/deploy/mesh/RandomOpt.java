package io.sparsemesh.deploy.mesh;

import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.checkpoint.SafetensorsWriter;
import io.sparsemesh.checkpoint.TensorSource;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Writes OPT checkpoints of any shape with seeded random weights: heavy enough that a task lasts
/// long enough to be killed.
///
/// @param dtype `F32`, `F16` or `BF16`
record RandomOpt(
        int blocks, int hidden, int ffn, int heads, int vocabulary, int positions, Dtype dtype) {

    private static final int POSITION_OFFSET = 2;

    /// Writes `config.json` and `model.safetensors`.
    void write(Path folder, long seed) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("config.json"), config());
        Random random = new Random(seed);
        List<TensorSource> tensors = new ArrayList<>();
        String decoder = "model.decoder.";
        add(tensors, random, decoder + "embed_tokens.weight", vocabulary, hidden);
        add(
                tensors,
                random,
                decoder + "embed_positions.weight",
                positions + POSITION_OFFSET,
                hidden);
        norm(tensors, random, decoder + "final_layer_norm");
        for (int b = 0; b < blocks; b++) {
            String block = decoder + "layers." + b + ".";
            for (String name : List.of("q_proj", "k_proj", "v_proj", "out_proj")) {
                linear(tensors, random, block + "self_attn." + name, hidden, hidden);
            }
            linear(tensors, random, block + "fc1", ffn, hidden);
            linear(tensors, random, block + "fc2", hidden, ffn);
            norm(tensors, random, block + "self_attn_layer_norm");
            norm(tensors, random, block + "final_layer_norm");
        }
        SafetensorsWriter.write(
                folder.resolve("model.safetensors"), tensors, Map.of("format", "pt"));
    }

    /// Writes token ids: `calib` `[samples, length]` and `test` `[tokens]`, both I64.
    void writeIds(Path file, int samples, int length, int tokens, long seed) {
        Random random = new Random(seed);
        SafetensorsWriter.write(
                file,
                List.of(
                        ids("calib", random, List.of((long) samples, (long) length)),
                        ids("test", random, List.of((long) tokens))),
                Map.of());
    }

    private TensorSource ids(String name, Random random, List<Long> shape) {
        int count = shape.stream().mapToInt(Long::intValue).reduce(1, Math::multiplyExact);
        long[] ids = random.longs(count, 0, vocabulary).toArray();
        MemorySegment bytes = Arena.ofAuto().allocate((long) count * Long.BYTES);
        MemorySegment.copy(ids, 0, bytes, ValueLayout.JAVA_LONG, 0, count);
        return new TensorSource(name, Dtype.I64, shape, sink -> sink.write(bytes));
    }

    private void linear(
            List<TensorSource> tensors, Random random, String name, int rows, int cols) {
        add(tensors, random, name + ".weight", rows, cols);
        add(tensors, random, name + ".bias", rows);
    }

    private void norm(List<TensorSource> tensors, Random random, String name) {
        add(tensors, random, name + ".weight", hidden);
        add(tensors, random, name + ".bias", hidden);
    }

    private void add(List<TensorSource> tensors, Random random, String name, int... shape) {
        List<Long> dimensions = new ArrayList<>();
        long count = 1;
        for (int dimension : shape) {
            dimensions.add((long) dimension);
            count *= dimension;
        }
        MemorySegment floats = values(random.nextLong(), count);
        tensors.add(TensorSource.ofF32(name, dtype, dimensions, floats));
    }

    private static MemorySegment values(long seed, long count) {
        Random random = new Random(seed);
        MemorySegment floats = Arena.ofAuto().allocate(count * Float.BYTES, Float.BYTES);
        for (long i = 0; i < count; i++) {
            floats.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) (random.nextGaussian() * 0.02));
        }
        return floats;
    }

    private String config() {
        return """
        {"architectures": ["OPTForCausalLM"], "model_type": "opt", "activation_function": "relu",
         "hidden_size": %d, "ffn_dim": %d, "num_attention_heads": %d, "num_hidden_layers": %d,
         "vocab_size": %d, "max_position_embeddings": %d, "word_embed_proj_dim": %d,
         "do_layer_norm_before": true, "enable_bias": true, "bos_token_id": 2, "eos_token_id": 2,
         "pad_token_id": 1, "tie_word_embeddings": true, "torch_dtype": "%s"}
        """
                .formatted(
                        hidden,
                        ffn,
                        heads,
                        blocks,
                        vocabulary,
                        positions,
                        hidden,
                        switch (dtype) {
                            case F32 -> "float32";
                            case F16 -> "float16";
                            case BF16 -> "bfloat16";
                            default -> throw new IllegalArgumentException("dtype " + dtype);
                        });
    }
}
