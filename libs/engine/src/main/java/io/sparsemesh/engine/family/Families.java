package io.sparsemesh.engine.family;

import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.model.Architecture;
import io.sparsemesh.engine.model.CausalLm;
import io.sparsemesh.engine.model.Family;
import io.sparsemesh.engine.model.ModelConfig;
import io.sparsemesh.engine.model.ModelDescription;
import io.sparsemesh.engine.model.UnsupportedModelException;
import io.sparsemesh.engine.model.WeightOverrides;
import java.util.List;

/// The families there are, and opening models by them.
public final class Families {

    private static final List<Family> ALL =
            List.of(
                    new BloomFamily(),
                    new FalconFamily(),
                    new GemmaFamily(),
                    new Gemma2Family(),
                    new Gpt2Family(),
                    new GptJFamily(),
                    new GptNeoFamily(),
                    new GptNeoXFamily(),
                    new LlamaFamily(),
                    new MistralFamily(),
                    new MixtralFamily(),
                    new OptFamily(),
                    new PhiFamily(),
                    new Phi3Family(),
                    new Qwen2Family(),
                    new Qwen2MoeFamily(),
                    new Qwen3Family(),
                    new StableLmFamily());

    private static final String QUANTIZATION = "quantization_config";

    private Families() {}

    /// The `model_type` values that can be opened.
    public static List<String> supported() {
        return ALL.stream().map(Family::modelType).toList();
    }

    /// Describes a model from its config and the headers of its weights, and checks that every
    /// tensor is there with its shape and a type of F32, F16 or BF16. Reads no weights and
    /// needs no device.
    ///
    /// @throws UnsupportedModelException when the model's type, or an option in its config, is not
    ///     supported
    /// @throws io.sparsemesh.checkpoint.CheckpointException when the config or a tensor is not as
    ///     it has to be
    public static ModelDescription describe(ModelFolder folder) {
        return read(folder).description();
    }

    /// Opens a model on a device. Folder and device stay the caller's and open as long as it.
    ///
    /// @throws UnsupportedModelException as [#describe]
    /// @throws io.sparsemesh.checkpoint.CheckpointException as [#describe]
    public static CausalLm open(ModelFolder folder, Device device) {
        return open(folder, device, WeightOverrides.NONE);
    }

    /// As [#open(ModelFolder, Device)] with other weights in place of some.
    public static CausalLm open(ModelFolder folder, Device device, WeightOverrides overrides) {
        return new CausalLm(read(folder), folder, device, overrides);
    }

    private static Architecture read(ModelFolder folder) {
        String type = folder.modelType();
        Family family =
                ALL.stream()
                        .filter(candidate -> candidate.modelType().equals(type))
                        .findFirst()
                        .orElseThrow(() -> new UnsupportedModelException(type, supported()));
        ModelConfig config = new ModelConfig(folder.config());
        if (config.has(QUANTIZATION)) {
            throw config.unsupported(type, QUANTIZATION, "an object", List.of("none"));
        }
        Architecture architecture = family.read(config, folder);
        architecture.description().check(folder);
        return architecture;
    }
}
