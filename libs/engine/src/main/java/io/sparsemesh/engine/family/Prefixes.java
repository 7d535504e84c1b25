package io.sparsemesh.engine.family;

import io.sparsemesh.checkpoint.ModelFolder;
import java.util.stream.Stream;

/// What tensor names begin with: checkpoints saved from the model without its head lack the first
/// part.
final class Prefixes {

    private Prefixes() {}

    /// The first of `candidates` under which the folder has a tensor `probe`; the first of all when
    /// there is none, so that messages name the usual tensor.
    static String find(ModelFolder folder, String probe, String... candidates) {
        return Stream.of(candidates)
                .filter(prefix -> folder.has(prefix + probe))
                .findFirst()
                .orElse(candidates[0]);
    }
}
