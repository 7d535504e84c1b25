package io.sparsemesh.engine.family;

import io.sparsemesh.engine.device.Attention;
import io.sparsemesh.engine.model.ModelConfig;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/// How many tokens the blocks of a model see.
final class Windows {

    private static final String TYPES = "layer_types";
    private static final String SLIDING = "sliding_attention";
    private static final String FULL = "full_attention";

    private Windows() {}

    /// `sliding_window`: [Attention#ALL] when it is null, `otherwise` when it is missing.
    static long size(ModelConfig config, long otherwise) {
        String key = "sliding_window";
        return config.isNull(key) ? Attention.ALL : config.size(key, otherwise);
    }

    /// The window of each block.
    ///
    /// @param window of the blocks that have one
    /// @param sliding which blocks have one, unless the config says so in `layer_types`
    static List<Long> each(ModelConfig config, int blocks, long window, IntPredicate sliding) {
        if (!config.has(TYPES)) {
            return IntStream.range(0, blocks)
                    .mapToObj(block -> sliding.test(block) ? window : Attention.ALL)
                    .toList();
        }
        List<String> types = config.texts(TYPES);
        if (types.size() != blocks) {
            throw config.invalid(TYPES, "one for each of %d blocks".formatted(blocks), types);
        }
        return types.stream().map(type -> window(config, type, window)).toList();
    }

    private static long window(ModelConfig config, String type, long window) {
        return switch (type) {
            case SLIDING -> window;
            case FULL -> Attention.ALL;
            default ->
                    throw config.unsupported(
                            config.modelType(), TYPES, type, List.of(FULL, SLIDING));
        };
    }
}
