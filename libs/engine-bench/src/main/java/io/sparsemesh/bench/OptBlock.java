package io.sparsemesh.bench;

import io.sparsemesh.engine.device.Activation;
import io.sparsemesh.engine.device.Attention;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Heads;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.BiConsumer;

/// One decoder block of OPT with random weights: layer norms before attention and before the
/// feed-forward layer, biases, ReLU.
final class OptBlock {

    private static final double DEVIATION = 0.02;
    private static final float EPSILON = 1e-5f;

    /// Seeds of the weights, far enough from each other.
    private static final long NEXT = 1L << 32;

    /// Linears by the name of the input they share.
    static final SequencedMap<String, List<String>> GROUPS = groups();

    private final Device device;
    private final long heads;
    private final Map<String, Matrix> weights = new LinkedHashMap<>();
    private final Map<String, Matrix> biases = new LinkedHashMap<>();
    private final Map<String, Matrix> buffers = new LinkedHashMap<>();
    private final Matrix ones;
    private final Matrix zeros;

    private static SequencedMap<String, List<String>> groups() {
        SequencedMap<String, List<String>> groups = new LinkedHashMap<>();
        groups.put("qkv", List.of("q", "k", "v"));
        groups.put("out", List.of("out"));
        groups.put("fc1", List.of("fc1"));
        groups.put("fc2", List.of("fc2"));
        return groups;
    }

    /// @param device as it runs a checkpoint of the block's type
    /// @param tokens that go through the block at a time
    OptBlock(Device device, Arena arena, long hidden, long ffn, long heads, long tokens) {
        this.device = device;
        this.heads = heads;
        for (String name : List.of("q", "k", "v", "out")) {
            addLinear(arena, name, hidden, hidden);
        }
        addLinear(arena, "fc1", ffn, hidden);
        addLinear(arena, "fc2", hidden, ffn);
        ones = device.scratch(arena, 1, hidden);
        zeros = device.allocate(arena, 1, hidden);
        try (Arena own = Arena.ofShared()) {
            Matrix host = Matrix.allocate(own, 1, hidden);
            for (long c = 0; c < hidden; c++) {
                host.set(0, c, 1);
            }
            device.upload(host, ones);
        }
        for (String name : List.of("normed", "q", "k", "v", "mixed", "added")) {
            buffers.put(name, device.scratch(arena, tokens, hidden));
        }
        buffers.put("fc1", device.scratch(arena, tokens, ffn));
    }

    private void addLinear(Arena arena, String name, long rows, long cols) {
        long seed = weights.size() * NEXT;
        weights.put(name, RandomMatrix.normal(device, arena, seed, rows, cols, c -> DEVIATION));
        biases.put(name, device.allocate(arena, 1, rows));
    }

    Matrix weight(String name) {
        return weights.get(name);
    }

    /// Inputs of the linears of a group.
    long inputs(String group) {
        return weight(GROUPS.get(group).getFirst()).cols();
    }

    /// Replaces whole sequences by the block's output.
    ///
    /// @param x `[tokens x hidden]`
    void forward(Matrix x, long length) {
        Matrix inner = observe(x, length, (group, inputs) -> {});
        device.neural().add(linear("fc2", inner, buffer("added", x)), x);
    }

    /// Shows what enters each group of linears and computes nothing beyond that.
    ///
    /// @param x whole sequences; unspecified afterwards
    /// @return what enters the last of them
    Matrix observe(Matrix x, long length, BiConsumer<String, Matrix> observer) {
        Matrix normed = buffer("normed", x);
        device.neural().layerNorm(x, ones, zeros, EPSILON, normed);
        observer.accept("qkv", normed);
        Heads[] projections = new Heads[3];
        for (int i = 0; i < projections.length; i++) {
            String name = GROUPS.get("qkv").get(i);
            projections[i] = Heads.adjacent(linear(name, normed, buffer(name, x)), heads);
        }
        Matrix mixed = buffer("mixed", x);
        Attention attention =
                new Attention(
                        length, (float) (1 / Math.sqrt((double) x.cols() / heads)), List.of());
        device.neural().attention(attention, projections[0], projections[1], projections[2], mixed);
        observer.accept("out", mixed);
        device.neural().add(linear("out", mixed, buffer("added", x)), x);
        device.neural().layerNorm(x, ones, zeros, EPSILON, normed);
        observer.accept("fc1", normed);
        Matrix inner = linear("fc1", normed, buffers.get("fc1").rows(0, x.rows()));
        device.neural().activate(Activation.RELU, inner);
        observer.accept("fc2", inner);
        return inner;
    }

    private Matrix buffer(String name, Matrix like) {
        return buffers.get(name).rows(0, like.rows());
    }

    private Matrix linear(String name, Matrix x, Matrix y) {
        device.blas().multiplyTransposed(1, x, weight(name), 0, y);
        device.neural().add(biases.get(name), y);
        return y;
    }
}
