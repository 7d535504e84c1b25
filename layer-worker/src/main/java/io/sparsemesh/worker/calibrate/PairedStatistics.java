package io.sparsemesh.worker.calibrate;

import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.matrix.Matrix;
import io.sparsemesh.engine.model.Block;
import io.sparsemesh.engine.model.InputGroup;
import io.sparsemesh.engine.model.LinearObserver;
import java.lang.foreign.Arena;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/// Shows an observer what enters the linears of a block in the pruned model, and sums the products
/// with what enters them in the dense model: `C := C + X_dense^T X`, `[inputs x inputs]`, with the
/// tokens as rows. Both models run in turn over the same few sequences, so that one batch of the
/// dense one's inputs is in memory.
final class PairedStatistics {

    private final Device device;
    private final Block pruned;
    private final Block dense;
    private final long length;
    private final SequencedMap<String, Matrix> cross = new LinkedHashMap<>();

    /// @param device as the model runs on it
    /// @param arena owns the sums
    /// @param pruned the block of the pruned model, none of whose wanted groups is pruned yet
    /// @param groups names of the groups wanted, none of them routed
    /// @param length tokens of a sequence
    PairedStatistics(
            Device device,
            Arena arena,
            Block pruned,
            Block dense,
            Collection<String> groups,
            long length) {
        this.device = device;
        this.pruned = pruned;
        this.dense = dense;
        this.length = length;
        for (String name : groups) {
            long inputs = pruned.description().group(name).inputs();
            cross.put(name, device.allocate(arena, inputs, inputs));
        }
    }

    /// @param hidden states of the pruned model, `[tokens x hidden size]`, not changed
    /// @param denseHidden those of the dense one, not changed
    /// @return the sums by group
    SequencedMap<String, Matrix> gather(
            Matrix hidden, Matrix denseHidden, LinearObserver observer) {
        long step = device.batchTokens(length);
        for (long from = 0; from < hidden.rows(); from += step) {
            long to = Math.min(from + step, hidden.rows());
            batch(hidden.rows(from, to), denseHidden.rows(from, to), observer);
        }
        for (String name : cross.keySet()) {
            observer.completed(pruned.description().group(name));
        }
        return cross;
    }

    private void batch(Matrix hidden, Matrix denseHidden, LinearObserver observer) {
        try (Arena arena = Arena.ofShared()) {
            Map<String, Matrix> inputs = new HashMap<>();
            dense.observe(
                    copy(arena, denseHidden),
                    length,
                    (group, input) -> {
                        if (cross.containsKey(group.name())) {
                            inputs.put(group.name(), copy(arena, input));
                        }
                    });
            pruned.observe(
                    copy(arena, hidden),
                    length,
                    (group, input) -> add(group, inputs, input, observer));
        }
    }

    private void add(
            InputGroup group, Map<String, Matrix> dense, Matrix input, LinearObserver observer) {
        Matrix sum = cross.get(group.name());
        if (sum != null) {
            observer.observe(group, input);
            device.blas().transposedMultiply(1, dense.get(group.name()), input, 1, sum);
        }
    }

    private Matrix copy(Arena arena, Matrix a) {
        Matrix copy = device.scratch(arena, a.rows(), a.cols());
        device.blas().addScaled(1, a, 0, copy);
        return copy;
    }
}
