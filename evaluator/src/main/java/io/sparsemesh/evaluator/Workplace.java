package io.sparsemesh.evaluator;

import io.sparsemesh.artifacts.FileRoots;
import io.sparsemesh.engine.cache.ModelCache;
import io.sparsemesh.engine.cache.OpenModel;
import io.sparsemesh.sources.ModelSources;
import java.nio.file.Path;

/// What tasks work with. Owns nothing.
///
/// @param models stay open from slice to slice
/// @param roots where model folders and evaluation data may lie
/// @param sources where models that are no folders come from
public record Workplace(ModelCache models, FileRoots roots, ModelSources sources) {

    /// The model in a folder, fetched if need be, open until others are asked for.
    OpenModel model(String uri) {
        return models.open(folder(uri));
    }

    /// Where a model lies, fetched if need be.
    Path folder(String uri) {
        return ModelSources.isRemote(uri) ? sources.folder(uri) : roots.folder(uri);
    }
}
