package io.sparsemesh.engine.family;

import java.util.List;
import java.util.stream.IntStream;

/// Attention with linear biases (Press et al. 2021): every head pays its own price for distance.
final class Alibi {

    private Alibi() {}

    /// The slope of each head. For a power of two n: `2^(-8 (h + 1) / n)`. For another number:
    /// those of the largest power of two below it, then every other one of twice that
    /// power.
    static List<Float> slopes(int heads) {
        int power = Integer.highestOneBit(heads);
        return IntStream.range(0, heads)
                .mapToObj(h -> h < power ? slope(power, h) : slope(2 * power, 2 * (h - power)))
                .toList();
    }

    private static float slope(int heads, int head) {
        return (float) Math.pow(2, -8.0 * (head + 1) / heads);
    }
}
