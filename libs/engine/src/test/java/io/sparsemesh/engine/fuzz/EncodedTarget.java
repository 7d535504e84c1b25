package io.sparsemesh.engine.fuzz;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.checkpoint.PackedIntegers;
import io.sparsemesh.checkpoint.SafetensorsWriter;
import io.sparsemesh.checkpoint.SparseBitmask;
import io.sparsemesh.checkpoint.Tensor;
import io.sparsemesh.checkpoint.TensorSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Weights that are packed or have a mask, decoded.
final class EncodedTarget implements FuzzTarget {

    private final List<Path> folders;
    private final List<byte[]> seeds = new ArrayList<>();
    private final Random random;
    private final ByteMutation bytes;

    EncodedTarget(Path folder, Random random) throws IOException {
        this.random = random;
        this.bytes = new ByteMutation(random);
        this.folders = List.of(packed(folder.resolve("packed")), masked(folder.resolve("masked")));
        for (Path made : folders) {
            seeds.add(Files.readAllBytes(weights(made)));
        }
    }

    private static Path weights(Path folder) {
        return folder.resolve("model.safetensors");
    }

    private static Path packed(Path folder) throws IOException {
        PackedIntegers encoding = new PackedIntegers(4);
        Tensor weight = tensor("x.weight", List.of(2L, 4L), 1, -2, 0, 3, 4, 0, 2, -6);
        Tensor scale = tensor("scale", List.of(2L, 1L), 1, 2);
        return write(folder, encoding.config(0, List.of()), encoding.encode(weight, scale));
    }

    private static Path masked(Path folder) throws IOException {
        SparseBitmask encoding = new SparseBitmask();
        Tensor weight = tensor("x.weight", List.of(2L, 3L), 1, 0, 2, 0, 0, 3);
        ObjectNode config = encoding.config(0.5, "unstructured", List.of());
        return write(folder, config, encoding.encode(weight));
    }

    private static Tensor tensor(String name, List<Long> shape, float... values) {
        MemorySegment data = MemorySegment.ofArray(new byte[values.length * Float.BYTES]);
        Dtype.F32.fromF32(MemorySegment.ofArray(values), data);
        return new Tensor(name, Dtype.F32, shape, data);
    }

    private static Path write(Path folder, ObjectNode encoding, List<TensorSource> parts)
            throws IOException {
        ObjectNode config = JsonNodeFactory.instance.objectNode();
        config.set("quantization_config", encoding);
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("config.json"), config.toString());
        SafetensorsWriter.write(weights(folder), parts, Map.of());
        return folder;
    }

    @Override
    public String name() {
        return "encoded";
    }

    @Override
    public List<byte[]> seeds() {
        return seeds;
    }

    /// Often a number alone: shapes and offsets are tensors here.
    @Override
    public byte[] next() {
        byte[] seed = seeds.get(random.nextInt(seeds.size()));
        return random.nextBoolean()
                ? bytes.mutate(seed, seeds.get(random.nextInt(seeds.size())))
                : withNumber(seed.clone());
    }

    private byte[] withNumber(byte[] seed) {
        int at = random.nextInt(seed.length - Long.BYTES);
        long value = random.nextInt(4) * (1L << random.nextInt(64));
        MemorySegment.ofArray(seed)
                .set(
                        java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED.withOrder(
                                java.nio.ByteOrder.LITTLE_ENDIAN),
                        at,
                        value);
        return seed;
    }

    @Override
    public void read(byte[] input) {
        boolean packed = new String(input, StandardCharsets.ISO_8859_1).contains("_packed");
        Path folder = folders.get(packed ? 0 : 1);
        try {
            Files.write(weights(folder), input);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try (ModelFolder opened = ModelFolder.openExpanded(folder)) {
            opened.tensors().keySet().forEach(opened::tensor);
        }
    }
}
