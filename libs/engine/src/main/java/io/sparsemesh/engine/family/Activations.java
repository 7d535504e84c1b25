package io.sparsemesh.engine.family;

import io.sparsemesh.engine.device.Activation;
import io.sparsemesh.engine.model.ModelConfig;
import java.util.Map;
import java.util.TreeMap;

/// The names that configs have for activation functions.
final class Activations {

    private static final Map<String, Activation> BY_NAME =
            new TreeMap<>(
                    Map.of(
                            "relu", Activation.RELU,
                            "silu", Activation.SILU,
                            "swish", Activation.SILU,
                            "gelu", Activation.GELU,
                            "gelu_new", Activation.GELU_TANH,
                            "gelu_fast", Activation.GELU_TANH,
                            "gelu_pytorch_tanh", Activation.GELU_TANH,
                            "quick_gelu", Activation.GELU_SIGMOID,
                            "tanh", Activation.TANH));

    private Activations() {}

    /// The function that `key` names, or `otherwise` where the config has no such key.
    ///
    /// @throws io.sparsemesh.engine.model.UnsupportedModelException for an unknown name
    static Activation read(ModelConfig config, String key, String otherwise) {
        String name = config.text(key, otherwise);
        Activation activation = BY_NAME.get(name);
        if (activation == null) {
            throw config.unsupported(config.modelType(), key, name, BY_NAME.keySet());
        }
        return activation;
    }
}
