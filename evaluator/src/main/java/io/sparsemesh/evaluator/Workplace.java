package io.sparsemesh.evaluator;

import io.sparsemesh.artifacts.FileRoots;
import io.sparsemesh.engine.cache.ModelCache;
import io.sparsemesh.engine.cache.OpenModel;

/// What tasks work with. Owns nothing.
///
/// @param models stay open from slice to slice
/// @param roots where model folders and evaluation data may lie
public record Workplace(ModelCache models, FileRoots roots) {

    /// The model in a folder, open until others are asked for.
    OpenModel model(String uri) {
        return models.open(roots.path(uri));
    }
}
