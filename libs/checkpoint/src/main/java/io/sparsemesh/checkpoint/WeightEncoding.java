package io.sparsemesh.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// A form that weight matrices may have in a folder in place of `NAME.weight`: some tensors, its
/// parts, whose names end in other words. Config and names are those of compressed-tensors.
public sealed interface WeightEncoding permits PackedIntegers, SparseBitmask {

    /// What the name of an encoded weight ends in, once it is whole.
    String WEIGHT = ".weight";

    /// The field of `config.json` that declares it.
    String CONFIG_FIELD = "quantization_config";

    /// What a weight's parts are called, in place of [#WEIGHT].
    List<String> parts();

    /// The part that has the weight's type, and stands where the weight stood.
    String anchor();

    /// The part that holds the shape.
    String shapePart();

    /// The weight, bit for bit as it was.
    ///
    /// @param weight its name
    /// @param parts the tensors by their names' end
    /// @return over memory that lives as long as it is reachable
    /// @throws CheckpointException when the parts do not fit each other
    Tensor decode(String weight, Function<String, Tensor> parts);

    /// What a config declares.
    ///
    /// @param config of a model folder
    /// @return empty when there is none, or one that is not known here
    static Optional<WeightEncoding> of(JsonNode config) {
        JsonNode declared = config.path(CONFIG_FIELD);
        if (!declared.path("quant_method").asText().equals("compressed-tensors")) {
            return Optional.empty();
        }
        if (declared.at("/sparsity_config/format").asText().equals(SparseBitmask.FORMAT)) {
            return Optional.of(new SparseBitmask());
        }
        return declared.path("format").asText().equals(PackedIntegers.FORMAT)
                ? PackedIntegers.of(declared.path("config_groups"))
                : Optional.empty();
    }

    /// The shape of a weight from the part that holds it.
    ///
    /// @throws CheckpointException when it is not that of a matrix
    static List<Long> shape(Tensor part) {
        if (part.dtype().isFloat() || part.elements() != 2) {
            throw new CheckpointException(
                    "",
                    part.name(),
                    "expected 2 integers, found %s %s".formatted(part.dtype(), part.shape()));
        }
        long[] shape = part.readLongs(0, 2);
        return List.of(shape[0], shape[1]);
    }

    /// @throws CheckpointException when a part has another type or shape
    static void require(Tensor part, Dtype dtype, List<Long> shape) {
        if (part.dtype() != dtype || !part.shape().equals(shape)) {
            throw new CheckpointException(
                    "",
                    part.name(),
                    "expected %s %s, found %s %s"
                            .formatted(dtype, shape, part.dtype(), part.shape()));
        }
    }
}
