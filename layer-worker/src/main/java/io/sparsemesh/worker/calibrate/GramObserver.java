package io.sparsemesh.worker.calibrate;

import io.sparsemesh.engine.calibration.GramAccumulator;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.matrix.Matrix;
import io.sparsemesh.engine.model.BlockDescription;
import io.sparsemesh.engine.model.InputGroup;
import io.sparsemesh.engine.model.LinearObserver;
import io.sparsemesh.engine.solver.NumericalException;
import java.lang.foreign.Arena;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/// Accumulates the Gram matrices of the wanted groups of one block.
final class GramObserver implements LinearObserver {

    private final Device device;
    private final BlockDescription block;
    private final long length;
    private final Completed completed;
    private final SequencedMap<String, GramAccumulator> accumulators = new LinkedHashMap<>();

    /// Takes a group's sum as soon as it is complete.
    @FunctionalInterface
    interface Completed {
        void take(InputGroup group, GramAccumulator sum);
    }

    /// @param device as the model runs on it
    /// @param arena owns the Gram matrices
    /// @param length tokens of a sequence
    /// @param completed is given each group's `sum X^T X`, once
    GramObserver(
            Device device,
            Arena arena,
            BlockDescription block,
            Collection<String> groups,
            long length,
            Completed completed) {
        this.device = device;
        this.block = block;
        this.length = length;
        this.completed = completed;
        for (String name : groups) {
            long inputs = block.group(name).inputs();
            accumulators.put(
                    name, new GramAccumulator(device, device.allocate(arena, inputs, inputs)));
        }
    }

    @Override
    public void observe(InputGroup group, Matrix input) {
        GramAccumulator accumulator = accumulators.get(group.name());
        if (accumulator == null) {
            return;
        }
        requireFinite(device, block, group.name(), input);
        if (group.routed()) {
            accumulator.add(input);
        } else {
            accumulator.add(input, input.rows() / length);
        }
    }

    @Override
    public void completed(InputGroup group) {
        if (accumulators.containsKey(group.name())) {
            completed.take(group, accumulators.get(group.name()));
        }
    }

    /// @throws NumericalException naming block and place if an activation is not finite
    static void requireFinite(
            Device device, BlockDescription block, String place, Matrix activations) {
        device.pruning()
                .firstNonFinite(activations)
                .ifPresent(
                        at -> {
                            throw new NumericalException(
                                    "block %d, %s".formatted(block.index(), place),
                                    -1,
                                    0,
                                    "activations: expected finite numbers, found another at token"
                                            + " %d, feature %d".formatted(at.row(), at.col()));
                        });
    }
}
