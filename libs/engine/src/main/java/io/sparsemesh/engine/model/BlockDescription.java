package io.sparsemesh.engine.model;

import java.util.List;
import java.util.stream.Stream;

/// One transformer block of a checkpoint.
///
/// @param index from 0
/// @param prefix what the names of its tensors begin with, such as `model.layers.0.`; blocks differ
///     in nothing but the number in it
/// @param groups the linear layers by their input, in the order the input becomes known
/// @param weights everything else but the biases of the linear layers: its norms
public record BlockDescription(
        int index, String prefix, List<InputGroup> groups, List<WeightDescription> weights) {

    public BlockDescription {
        groups = List.copyOf(groups);
        weights = List.copyOf(weights);
    }

    /// The group of that name.
    ///
    /// @throws IllegalArgumentException when there is none
    public InputGroup group(String name) {
        return groups.stream()
                .filter(group -> group.name().equals(name))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "block %d: expected a group of %s, found '%s'"
                                                .formatted(index, groupNames(), name)));
    }

    private List<String> groupNames() {
        return groups.stream().map(InputGroup::name).toList();
    }

    /// All linear layers, group by group.
    public Stream<LinearDescription> linears() {
        return groups.stream().flatMap(group -> group.linears().stream());
    }

    /// Every tensor the block needs.
    public Stream<WeightDescription> tensors() {
        return Stream.concat(linears().flatMap(BlockDescription::tensors), weights.stream());
    }

    /// Bytes of the block on a device.
    public long bytes() {
        return Float.BYTES * tensors().mapToLong(BlockDescription::elements).sum();
    }

    private static long elements(WeightDescription weight) {
        return weight.shape().stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact);
    }

    static Stream<WeightDescription> tensors(LinearDescription linear) {
        Stream<WeightDescription> weight =
                Stream.of(new WeightDescription(linear.tensor(), linear.shape()));
        return linear.biased()
                ? Stream.concat(
                        weight,
                        Stream.of(WeightDescription.of(linear.biasTensor(), linear.outputs())))
                : weight;
    }
}
