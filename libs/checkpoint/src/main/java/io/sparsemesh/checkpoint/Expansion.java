package io.sparsemesh.checkpoint;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Function;

/// Weights of a folder that holds them encoded, as they were before. They are decoded when they
/// are asked for.
final class Expansion {

    private final WeightEncoding encoding;
    private final Function<String, Tensor> stored;
    private final Map<String, TensorInfo> weights = new LinkedHashMap<>();

    /// @param stored a tensor of the folder as it is, by name
    Expansion(WeightEncoding encoding, Function<String, Tensor> stored) {
        this.encoding = encoding;
        this.stored = stored;
    }

    /// The tensors of a shard, with weights in place of their parts: where the anchor stands.
    SequencedMap<String, TensorInfo> of(SafetensorsFile shard) {
        SequencedMap<String, TensorInfo> tensors = new LinkedHashMap<>();
        for (TensorInfo info : shard.tensors().values()) {
            String base = base(info.name());
            if (base.isEmpty()) {
                tensors.put(info.name(), info);
            } else if (info.name().equals(base + encoding.anchor())) {
                TensorInfo weight = weight(base, info);
                tensors.put(weight.name(), weight);
                weights.put(weight.name(), weight);
            }
        }
        return tensors;
    }

    /// The name that a part belongs to, empty for other tensors.
    private String base(String tensor) {
        for (String part : encoding.parts()) {
            if (tensor.endsWith(part)) {
                return tensor.substring(0, tensor.length() - part.length());
            }
        }
        return "";
    }

    private TensorInfo weight(String base, TensorInfo anchor) {
        var shape = WeightEncoding.shape(stored.apply(base + encoding.shapePart()));
        String name = base + WeightEncoding.WEIGHT;
        long bytes = Shape.bytes("", name, anchor.dtype(), shape);
        return new TensorInfo(name, anchor.dtype(), shape, anchor.begin(), anchor.begin() + bytes);
    }

    boolean has(String weight) {
        return weights.containsKey(weight);
    }

    Tensor tensor(String weight) {
        String base = weight.substring(0, weight.length() - WeightEncoding.WEIGHT.length());
        return encoding.decode(weight, part -> stored.apply(base + part));
    }
}
