package io.sparsemesh.worker.assemble;

import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.checkpoint.TensorInfo;
import io.sparsemesh.checkpoint.WeightEncoding;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// The linears that an encoded folder leaves as they are, which its config has to name.
final class Unencoded {

    private Unencoded() {}

    /// The output layer, which may be tied to the embedding and have no tensor, and every other
    /// matrix that is not encoded; that some of them are embeddings does no harm.
    ///
    /// @param encoded weights by name
    static List<String> modules(ModelFolder dense, Map<String, ?> encoded) {
        Stream<String> others =
                dense.tensors().values().stream()
                        .filter(info -> isMatrix(info) && !encoded.containsKey(info.name()))
                        .map(info -> module(info.name()));
        return Stream.concat(Stream.of("lm_head"), others).distinct().toList();
    }

    private static boolean isMatrix(TensorInfo info) {
        return info.shape().size() == 2 && info.name().endsWith(WeightEncoding.WEIGHT);
    }

    /// The module of a weight.
    static String module(String weight) {
        return weight.substring(0, weight.length() - WeightEncoding.WEIGHT.length());
    }
}
