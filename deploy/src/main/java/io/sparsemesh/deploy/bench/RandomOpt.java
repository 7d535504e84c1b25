package io.sparsemesh.deploy.bench;

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
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;

/// Writes OPT checkpoints of any shape with seeded random weights, a piece at a time: as heavy as
/// real ones, and useless.
///
/// @param ffn inner size of the feed-forward
/// @param dtype `F32`, `F16` or `BF16`
public record RandomOpt(
        int blocks, int hidden, int ffn, int heads, int vocabulary, int positions, Dtype dtype) {

    private static final int POSITION_OFFSET = 2;
    private static final int PIECE = 1 << 16;
    private static final double DEVIATION = 0.02;
    private static final int VOCABULARY = 50272;
    private static final int POSITIONS = 2048;

    /// The shape of OPT-125M.
    public static RandomOpt opt125m(Dtype dtype) {
        return new RandomOpt(12, 768, 3072, 12, VOCABULARY, POSITIONS, dtype);
    }

    /// The shape of OPT-1.3B.
    public static RandomOpt opt13b(Dtype dtype) {
        return new RandomOpt(24, 2048, 8192, 32, VOCABULARY, POSITIONS, dtype);
    }

    /// The same with another number of blocks.
    public RandomOpt withBlocks(int others) {
        return new RandomOpt(others, hidden, ffn, heads, vocabulary, positions, dtype);
    }

    /// Writes `config.json` and `model.safetensors`.
    public void write(Path folder, long seed) throws IOException {
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
    public void writeIds(Path file, int samples, int length, int tokens, long seed) {
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
        List<Long> dimensions = Arrays.stream(shape).mapToObj(Long::valueOf).toList();
        long count = dimensions.stream().reduce(1L, Math::multiplyExact);
        long seed = random.nextLong();
        tensors.add(
                new TensorSource(name, dtype, dimensions, sink -> writeValues(seed, count, sink)));
    }

    private void writeValues(long seed, long count, TensorSource.Sink sink) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment floats = arena.allocate((long) PIECE * Float.BYTES, Float.BYTES);
            for (long first = 0; first < count; first += PIECE) {
                long n = Math.min(PIECE, count - first);
                for (long i = 0; i < n; i++) {
                    float value = (float) (random.nextGaussian() * DEVIATION);
                    floats.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
                }
                TensorSource.converted(dtype, floats.asSlice(0, n * Float.BYTES)).writeTo(sink);
            }
        }
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
