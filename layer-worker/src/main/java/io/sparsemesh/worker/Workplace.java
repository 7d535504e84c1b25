package io.sparsemesh.worker;

import io.sparsemesh.artifacts.ArtifactStore;
import io.sparsemesh.artifacts.FileRoots;
import io.sparsemesh.artifacts.OutputBuckets;
import io.sparsemesh.engine.cache.ModelCache;
import io.sparsemesh.engine.cache.OpenModel;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.sources.ModelSources;

/// What tasks work with. Owns nothing.
///
/// @param device computes
/// @param models on that device
/// @param store artifacts in and out
/// @param roots where model folders, texts and outputs may lie
/// @param sources where models that are no folders come from
/// @param buckets where outputs that are no folders go
public record Workplace(
        Device device,
        ModelCache models,
        ArtifactStore store,
        FileRoots roots,
        ModelSources sources,
        OutputBuckets buckets) {

    /// The model in a folder, fetched if need be, open until another one is asked for.
    public OpenModel model(String uri) {
        return models.open(ModelSources.isRemote(uri) ? sources.folder(uri) : roots.folder(uri));
    }
}
