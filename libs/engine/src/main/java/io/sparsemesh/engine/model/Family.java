package io.sparsemesh.engine.model;

import io.sparsemesh.checkpoint.ModelFolder;

/// A family of models that share their config keys, tensor names and forward pass.
public interface Family {

    /// The `model_type` of its configs.
    String modelType();

    /// Reads the config and settles the tensor names. Touches no weights and no device.
    ///
    /// @throws io.sparsemesh.checkpoint.CheckpointException when a config value is missing or
    ///     makes no sense
    /// @throws UnsupportedModelException when the config asks for a variant that is not supported
    Architecture read(ModelConfig config, ModelFolder folder);
}
