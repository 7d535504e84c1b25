package io.sparsemesh.engine.family;

import io.sparsemesh.engine.device.Heads;
import io.sparsemesh.engine.matrix.Matrix;
import io.sparsemesh.engine.model.ModelConfig;
import io.sparsemesh.engine.model.Pass;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;

/// Rotary position embedding. Angles are computed in F32 as the models were trained.
///
/// @param frequencies angle per position of each pair of columns
record Rotary(float[] frequencies) {

    private static final List<String> TYPES = List.of("default", "linear", "llama3");

    /// Reads `rope_theta` with `rope_scaling`, or `rope_parameters`.
    ///
    /// @param dimension columns of a head that are rotated
    /// @throws io.sparsemesh.engine.model.UnsupportedModelException for an unknown type of scaling
    static Rotary read(ModelConfig config, long dimension) {
        Optional<ModelConfig> parameters = config.object("rope_parameters");
        Optional<ModelConfig> scaling = parameters.or(() -> config.object("rope_scaling"));
        double theta = config.positive("rope_theta", 10_000);
        refusePart(config, config);
        if (parameters.isPresent()) {
            theta = parameters.get().positive("rope_theta", theta);
            refusePart(config, parameters.get());
        }
        float[] frequencies = new float[Math.toIntExact(dimension / 2)];
        for (int i = 0; i < frequencies.length; i++) {
            float exponent = (float) (2 * i) / dimension;
            frequencies[i] = 1f / (float) Math.pow(theta, exponent);
        }
        scaling.ifPresent(options -> scale(config.modelType(), options, frequencies));
        return new Rotary(frequencies);
    }

    private static void refusePart(ModelConfig config, ModelConfig options) {
        double part = options.positive("partial_rotary_factor", 1);
        if (part != 1) {
            throw options.unsupported(
                    config.modelType(), "partial_rotary_factor", part, List.of("1.0"));
        }
    }

    private static void scale(String modelType, ModelConfig options, float[] frequencies) {
        String key = options.has("rope_type") || !options.has("type") ? "rope_type" : "type";
        String type = options.text(key, "default");
        DoubleUnaryOperator scaling =
                switch (type) {
                    case "default" -> frequency -> frequency;
                    case "linear" -> linear(options);
                    case "llama3" -> llama3(options);
                    default -> throw options.unsupported(modelType, key, type, TYPES);
                };
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = (float) scaling.applyAsDouble(frequencies[i]);
        }
    }

    private static DoubleUnaryOperator linear(ModelConfig options) {
        double factor = options.positive("factor");
        return frequency -> frequency / factor;
    }

    /// Long wavelengths are stretched by the factor, short ones stay, those between are mixed
    /// (Llama 3.1).
    private static DoubleUnaryOperator llama3(ModelConfig options) {
        double factor = options.positive("factor");
        double low = options.positive("low_freq_factor");
        double high = options.positive("high_freq_factor");
        double context = options.size("original_max_position_embeddings");
        if (high <= low) {
            throw options.invalid("high_freq_factor", "more than low_freq_factor " + low, high);
        }
        return frequency -> {
            double wavelength = 2 * Math.PI / frequency;
            double unscaled = Math.clamp((context / wavelength - low) / (high - low), 0, 1);
            return (1 - unscaled) * frequency / factor + unscaled * frequency;
        };
    }

    /// Rotates queries and keys by their positions.
    void apply(Pass pass, Heads... rotated) {
        int half = frequencies.length;
        Matrix cos = pass.table("rotary cos", half, () -> table(pass.length(), Math::cos));
        Matrix sin = pass.table("rotary sin", half, () -> table(pass.length(), Math::sin));
        for (Heads heads : rotated) {
            pass.ops().rotate(cos, sin, heads);
        }
    }

    private float[] table(long positions, DoubleUnaryOperator f) {
        int half = frequencies.length;
        float[] table = new float[Math.toIntExact(positions * half)];
        for (int i = 0; i < table.length; i++) {
            float angle = (float) (i / half) * frequencies[i % half];
            table[i] = (float) f.applyAsDouble(angle);
        }
        return table;
    }
}
