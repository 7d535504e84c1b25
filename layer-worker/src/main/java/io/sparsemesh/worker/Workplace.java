package io.sparsemesh.worker;

import io.sparsemesh.artifacts.ArtifactStore;
import io.sparsemesh.artifacts.FileRoots;
import io.sparsemesh.engine.cache.ModelCache;
import io.sparsemesh.engine.cache.OpenModel;
import io.sparsemesh.engine.device.Device;

/// What tasks work with. Owns nothing.
///
/// @param device computes
/// @param models on that device
/// @param store artifacts in and out
/// @param roots where model folders, texts and outputs may lie
public record Workplace(Device device, ModelCache models, ArtifactStore store, FileRoots roots) {

    /// The model in a folder, open until another one is asked for.
    public OpenModel model(String uri) {
        return models.open(roots.path(uri));
    }
}
