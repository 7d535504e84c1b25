package io.sparsemesh.worker.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.checkpoint.Dtype;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What is found in whole words is what is found element by element.
class WeightBitsTest {

    private static final int MOST = 20_000;

    private static int bits(Dtype dtype, float value) {
        return switch (dtype) {
            case F16 -> Float.floatToFloat16(value) & 0xffff;
            case BF16 -> Float.floatToRawIntBits(value) >>> 16;
            default -> Float.floatToRawIntBits(value);
        };
    }

    private static void set(WeightBits weights, long element, int bits) {
        for (int b = 0; b < weights.dtype().bytes(); b++) {
            weights.bytes()
                    .set(
                            ValueLayout.JAVA_BYTE,
                            element * weights.dtype().bytes() + b,
                            (byte) (bits >>> 8 * b));
        }
    }

    /// Finite, with zeros of both signs, the smallest and the largest numbers.
    private static WeightBits weights(Arena arena, Dtype dtype, Random random, int elements) {
        MemorySegment bytes = arena.allocate((long) elements * dtype.bytes() + 1).asSlice(1);
        WeightBits weights = new WeightBits(dtype, bytes);
        int[] special = {
            bits(dtype, 0f), bits(dtype, -0f), 1, bits(dtype, -0f) | 1, infinity(dtype) - 1
        };
        for (int i = 0; i < elements; i++) {
            boolean plain = random.nextInt(3) > 0;
            set(
                    weights,
                    i,
                    plain
                            ? bits(dtype, (float) random.nextGaussian())
                            : special[random.nextInt(special.length)]);
        }
        return weights;
    }

    private static int infinity(Dtype dtype) {
        return bits(dtype, Float.POSITIVE_INFINITY);
    }

    private static OptionalLong first(WeightBits weights, int bits) {
        return LongStream.range(0, weights.elements())
                .filter(i -> weights.bits(i) == bits)
                .findFirst();
    }

    @ParameterizedTest
    @EnumSource(
            value = Dtype.class,
            names = {"F32", "F16", "BF16"})
    void whatIsFoundIsWhatIsThere(Dtype dtype) {
        for (long seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            // Given
            int elements = seed < 20 ? (int) seed : random.nextInt(MOST);
            try (Arena arena = Arena.ofConfined()) {
                WeightBits weights = weights(arena, dtype, random, elements);
                int negative = bits(dtype, -0f);
                String place = "seed %d, %d elements".formatted(seed, elements);
                long zeros = LongStream.range(0, elements).filter(weights::isZero).count();

                // Then
                assertThat(weights.zeros()).as(place).isEqualTo(zeros);
                assertThat(weights.firstNegativeZero())
                        .as(place)
                        .isEqualTo(first(weights, negative));
                assertThat(weights.firstNonFinite()).as(place).isEmpty();

                // When
                int[] before = LongStream.range(0, elements).mapToInt(weights::bits).toArray();
                assertThat(weights.makeZerosPositive()).as(place).isEqualTo(zeros);

                // Then no other bit has changed
                for (int i = 0; i < elements; i++) {
                    assertThat(weights.bits(i))
                            .as("%s, element %d", place, i)
                            .isEqualTo(before[i] == negative ? 0 : before[i]);
                }
                assertThat(weights.firstNegativeZero()).as(place).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Dtype.class,
            names = {"F32", "F16", "BF16"})
    void theFirstThatIsNotFiniteIsFound(Dtype dtype) {
        int[] notFinite = {
            infinity(dtype), bits(dtype, Float.NEGATIVE_INFINITY), infinity(dtype) | 1
        };
        for (long seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            int elements = 1 + (seed < 20 ? (int) seed : random.nextInt(MOST));
            try (Arena arena = Arena.ofConfined()) {
                WeightBits weights = weights(arena, dtype, random, elements);
                long first = random.nextInt(elements);
                set(weights, first, notFinite[random.nextInt(notFinite.length)]);
                long second = first + random.nextInt((int) (elements - first));
                set(weights, second, infinity(dtype));

                assertThat(weights.firstNonFinite())
                        .as("seed %d, %d elements", seed, elements)
                        .hasValue(first);
            }
        }
    }
}
