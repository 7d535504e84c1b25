package io.sparsemesh.engine.calibration;

import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.matrix.Matrix;
import io.sparsemesh.engine.model.Block;
import io.sparsemesh.engine.model.InputGroup;
import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Predicate;

/// Gathers the statistics of one block over one shard of the calibration data.
public final class BlockCalibration {

    private BlockCalibration() {}

    /// Sends a shard through a block and sums the Gram matrices of what enters its linears. The
    /// block's own output is not computed. A routed group sees the tokens that its expert gets.
    ///
    /// @param block the block with its dense weights
    /// @param hidden its input, whole sequences `[sequences * length x hidden size]`; unspecified
    ///     afterwards
    /// @param length tokens of one sequence
    /// @param wanted the groups to gather
    /// @param arena gets the Gram matrices, `[inputs x inputs]` in memory of the device
    /// @return the partial sums by group name, in the order of the block
    public static SequencedMap<String, GramAccumulator> run(
            Device device,
            Block block,
            Matrix hidden,
            long length,
            Predicate<InputGroup> wanted,
            Arena arena) {
        SequencedMap<String, GramAccumulator> sums = sums(device, block, wanted, arena);
        block.observe(
                hidden,
                length,
                (group, input) -> {
                    if (!sums.containsKey(group.name())) {
                        return;
                    }
                    if (group.routed()) {
                        sums.get(group.name()).add(input);
                    } else {
                        sums.get(group.name()).add(input, input.rows() / length);
                    }
                });
        return sums;
    }

    /// As [#run] for some routed groups, as if every token got to their experts: what to prune an
    /// expert with that too few tokens get to.
    ///
    /// @param groups names of routed groups, at least one
    public static SequencedMap<String, GramAccumulator> runEveryToken(
            Device device,
            Block block,
            Matrix hidden,
            long length,
            Set<String> groups,
            Arena arena) {
        SequencedMap<String, GramAccumulator> sums =
                sums(device, block, group -> groups.contains(group.name()), arena);
        block.observeEveryToken(
                hidden, length, groups, (group, input) -> sums.get(group.name()).add(input));
        return sums;
    }

    private static SequencedMap<String, GramAccumulator> sums(
            Device device, Block block, Predicate<InputGroup> wanted, Arena arena) {
        SequencedMap<String, GramAccumulator> sums = new LinkedHashMap<>();
        for (InputGroup group : block.description().groups()) {
            if (wanted.test(group)) {
                Matrix sum = device.allocate(arena, group.inputs(), group.inputs());
                sums.put(group.name(), new GramAccumulator(device, sum));
            }
        }
        return sums;
    }
}
