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
/// @param neighbours whether pairs are neighbours (GPT-J), or columns of the two halves
record Rotary(float[] frequencies, boolean neighbours) {

    private static final List<String> TYPES = List.of("default", "linear", "llama3");
    private static final String PARAMETERS = "rope_parameters";
    private static final String THETA = "rope_theta";
    private static final String PART = "partial_rotary_factor";

    /// Where a config has the base of the frequencies and the rotated part of a head, and what they
    /// are when missing. Newer configs have both in `rope_parameters`, under their usual names.
    record Keys(String theta, double usualTheta, String part, double usualPart) {

        /// The usual names.
        static Keys usual(double theta, double part) {
            return new Keys(THETA, theta, PART, part);
        }
    }

    /// Rotates whole heads.
    ///
    /// @throws io.sparsemesh.engine.model.UnsupportedModelException for an unknown type of scaling,
    ///     or when a part of the heads is asked for
    static Rotary whole(ModelConfig config, long headSize) {
        return whole(config, headSize, 10_000);
    }

    /// As [#whole(ModelConfig, long)] with another base where the config has none.
    static Rotary whole(ModelConfig config, long headSize, double theta) {
        refusePart(config, config);
        config.object(PARAMETERS).ifPresent(options -> refusePart(config, options));
        return part(config, headSize, Keys.usual(theta, 1));
    }

    private static void refusePart(ModelConfig config, ModelConfig options) {
        double part = options.positive(PART, 1);
        if (part != 1) {
            throw options.unsupported(config.modelType(), PART, part, List.of("1.0"));
        }
    }

    /// Rotates the first columns of each head, as far as the config says.
    ///
    /// @throws io.sparsemesh.engine.model.UnsupportedModelException for an unknown type of scaling
    static Rotary part(ModelConfig config, long headSize, Keys keys) {
        Optional<ModelConfig> parameters = config.object(PARAMETERS);
        parameters.ifPresent(options -> refuseSeveral(config, options));
        double theta = config.positive(keys.theta, keys.usualTheta);
        double part = config.positive(keys.part, keys.usualPart);
        if (parameters.isPresent()) {
            theta = parameters.get().positive(THETA, theta);
            part = parameters.get().positive(PART, part);
        }
        long dimension = (long) (headSize * part);
        if (dimension < 2 || dimension % 2 != 0 || dimension > headSize) {
            throw config.invalid(
                    keys.part, "an even number of the %d columns".formatted(headSize), part);
        }
        float[] frequencies = frequencies(theta, dimension);
        config.object("rope_scaling")
                .or(() -> parameters)
                .ifPresent(options -> scale(config.modelType(), options, frequencies));
        return new Rotary(frequencies, false);
    }

    /// Some families have parameters of their own for each type of layer; none of ours.
    private static void refuseSeveral(ModelConfig config, ModelConfig options) {
        for (String type : List.of("full_attention", "sliding_attention")) {
            if (options.has(type)) {
                throw options.unsupported(config.modelType(), type, "an object", List.of("none"));
            }
        }
    }

    /// Rotates pairs of neighbours among the first `dimension` columns, base 10,000.
    static Rotary neighbours(long dimension) {
        return new Rotary(frequencies(10_000, dimension), true);
    }

    private static float[] frequencies(double theta, long dimension) {
        float[] frequencies = new float[Math.toIntExact(dimension / 2)];
        for (int i = 0; i < frequencies.length; i++) {
            float exponent = (float) (2 * i) / dimension;
            frequencies[i] = 1f / (float) Math.pow(theta, exponent);
        }
        return frequencies;
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
            if (neighbours) {
                pass.ops().rotatePairs(cos, sin, heads);
            } else {
                pass.ops().rotate(cos, sin, heads);
            }
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
