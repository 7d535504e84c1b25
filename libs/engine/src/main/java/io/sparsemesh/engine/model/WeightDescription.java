package io.sparsemesh.engine.model;

import java.util.List;
import java.util.stream.Stream;

/// A weight that is not a prunable linear's: an embedding table, a vector of a norm, a router.
///
/// @param tensor name in the file
/// @param shape dimensions, slowest first
public record WeightDescription(String tensor, List<Long> shape) {

    public WeightDescription {
        shape = List.copyOf(shape);
    }

    public static WeightDescription of(String tensor, Long... shape) {
        return new WeightDescription(tensor, List.of(shape));
    }

    /// The weight of a linear that is not to be pruned.
    public static WeightDescription of(LinearDescription linear) {
        return new WeightDescription(linear.tensor(), linear.shape());
    }

    /// The vectors `weight` and `bias` of each named layer norm.
    public static List<WeightDescription> layerNorms(long size, String... names) {
        return Stream.of(names)
                .flatMap(name -> Stream.of(name + ".weight", name + ".bias"))
                .map(tensor -> of(tensor, size))
                .toList();
    }

    /// The vector `weight` of each named RMS norm.
    public static List<WeightDescription> rmsNorms(long size, String... names) {
        return Stream.of(names).map(name -> of(name + ".weight", size)).toList();
    }
}
