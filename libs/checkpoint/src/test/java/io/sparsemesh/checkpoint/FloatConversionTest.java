package io.sparsemesh.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Every 16-bit pattern, every midpoint between two of them, and a walk over all F32 patterns,
/// against references written from the definitions in double arithmetic.
class FloatConversionTest {

    private static final int[] ALL = IntStream.range(0, 1 << 16).toArray();

    @Test
    void everyF16PatternWidensToItsValue() {
        float[] widened = widen(Dtype.F16, ALL);

        for (int bits : ALL) {
            assertThat(same(widened[bits], (float) f16Value(bits))).as("0x%04x", bits).isTrue();
            assertThat(same(widened[bits], Float.float16ToFloat((short) bits))).isTrue();
        }
    }

    @Test
    void everyBf16PatternWidensToItsValue() {
        float[] widened = widen(Dtype.BF16, ALL);

        for (int bits : ALL) {
            assertThat(same(widened[bits], (float) bf16Value(bits))).as("0x%04x", bits).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void everyNumberSurvivesTheRoundTripBitForBit(Dtype type) {
        int[] back = narrow(type, widen(type, ALL));

        for (int bits : ALL) {
            boolean nan = Double.isNaN(value(type, bits));
            assertThat(nan ? Double.isNaN(value(type, back[bits])) : back[bits] == bits)
                    .as("0x%04x became 0x%04x", bits, back[bits])
                    .isTrue();
        }
    }

    /// Between each two neighbours: the midpoint goes to the even one, one step aside to the
    /// nearer.
    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void midpointsRoundToEven(Dtype type) {
        int infinity = type == Dtype.F16 ? 0x7c00 : 0x7f80;
        for (int low = 0; low < infinity - 1; low++) {
            int high = low + 1;
            float middle = (float) ((value(type, low) + value(type, high)) / 2);
            int even = (low & 1) == 0 ? low : high;
            float[] floats = {
                Math.nextDown(middle), middle, Math.nextUp(middle), -middle, -Math.nextUp(middle)
            };
            assertThat(narrow(type, floats))
                    .containsExactly(low, even, high, even | 0x8000, high | 0x8000);
        }
    }

    @Test
    void walkOverAllFloatsMatchesTheReferences() {
        int count = 1 << 22;
        float[] floats = new float[count];
        for (int i = 0; i < count; i++) {
            floats[i] = Float.intBitsToFloat(i * 1021);
        }
        int[] halves = narrow(Dtype.F16, floats);
        int[] brains = narrow(Dtype.BF16, floats);
        for (int i = 0; i < count; i++) {
            if (halves[i] != (Float.floatToFloat16(floats[i]) & 0xffff)
                    || !nearest(Dtype.F16, floats[i], halves[i])
                    || !nearest(Dtype.BF16, floats[i], brains[i])) {
                throw new AssertionError(
                        "%a became F16 0x%04x and BF16 0x%04x"
                                .formatted(floats[i], halves[i], brains[i]));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F64", "F32", "F16", "BF16"})
    void signedZerosInfinitiesAndNaNStay(Dtype type) {
        float[] special = {0f, -0f, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NaN};

        float[] back = roundTrip(type, special);

        for (int i = 0; i < special.length; i++) {
            assertThat(same(back[i], special[i])).as("%s", special[i]).isTrue();
        }
    }

    @Test
    void tooLargeBecomesInfinite() {
        float[] floats = {65519.996f, 65520f, -65520f, Float.MAX_VALUE};

        assertThat(narrow(Dtype.F16, floats)).containsExactly(0x7bff, 0x7c00, 0xfc00, 0x7c00);
        assertThat(narrow(Dtype.BF16, Float.MAX_VALUE, 0x1.fep127f))
                .containsExactly(0x7f80, 0x7f7f);
        assertThat(toF32(1e39, -1e39, 0x1.000001p0))
                .containsExactly(Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 1f);
    }

    @Test
    void everyNaNPatternOfF32StaysNaN() {
        for (int payload = 1; payload < 1 << 23; payload += 509) {
            float nan = Float.intBitsToFloat(0x7f80_0000 | payload);
            assertThat(bf16Value(narrow(Dtype.BF16, nan)[0])).isNaN();
            assertThat(f16Value(narrow(Dtype.F16, nan)[0])).isNaN();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4095, 4096, 4097, 8193})
    void lengthsAroundThePieceConvertToTheLastElement(int count) {
        float[] floats = new float[count];
        for (int i = 0; i < count; i++) {
            floats[i] = i % 256 - 128;
        }
        for (Dtype type : new Dtype[] {Dtype.F64, Dtype.F32, Dtype.F16, Dtype.BF16}) {
            assertThat(roundTrip(type, floats)).containsExactly(floats);
        }
    }

    @Test
    void sizesThatDoNotMatchAreRefused() {
        MemorySegment eight = MemorySegment.ofArray(new byte[8]);

        assertThatThrownBy(() -> Dtype.F16.toF32(eight, eight))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("expected room for 4 elements of 4 bytes, found 8 bytes for 8");
        assertThatThrownBy(() -> Dtype.F16.fromF32(eight.asSlice(0, 7), eight.asSlice(0, 2)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Dtype.I32.toF32(eight, eight))
                .hasMessage("expected F64, F32, F16 or BF16, found I32");
        assertThatThrownBy(() -> Dtype.BOOL.fromF32(eight, eight))
                .hasMessage("expected F64, F32, F16 or BF16, found BOOL");
    }

    private static boolean same(float a, float b) {
        return Float.floatToIntBits(a) == Float.floatToIntBits(b);
    }

    /// Whether no neighbour of `bits` is nearer to `wanted`, and on a tie `bits` is even.
    private static boolean nearest(Dtype type, float wanted, int bits) {
        int magnitude = bits & 0x7fff;
        double target = Math.abs((double) wanted);
        if (Double.isNaN(target)) {
            return Double.isNaN(value(type, bits));
        }
        if ((bits & 0x8000) != 0 != Float.floatToRawIntBits(wanted) < 0) {
            return false;
        }
        if (target >= finite(type, infinity(type))) {
            return magnitude == infinity(type);
        }
        double distance = Math.abs(finite(type, magnitude) - target);
        double rival = Math.abs(finite(type, magnitude + 1) - target);
        if (magnitude > 0) {
            rival = Math.min(rival, Math.abs(finite(type, magnitude - 1) - target));
        }
        return distance < rival || distance == rival && (magnitude & 1) == 0;
    }

    /// Value as if the exponent range went on: infinity stands one step above the largest
    /// number.
    private static double finite(Dtype type, int magnitude) {
        int last = infinity(type) - 1;
        return value(type, Math.min(magnitude, last))
                + Math.max(0, magnitude - last) * (value(type, last) - value(type, last - 1));
    }

    private static int infinity(Dtype type) {
        return type == Dtype.F16 ? 0x7c00 : 0x7f80;
    }

    private static double value(Dtype type, int bits) {
        return type == Dtype.F16 ? f16Value(bits) : bf16Value(bits);
    }

    private static double f16Value(int bits) {
        return value(bits, 5, 10);
    }

    private static double bf16Value(int bits) {
        return value(bits, 8, 7);
    }

    /// An IEEE 754 style number of 16 bits, by definition.
    private static double value(int bits, int exponentBits, int fractionBits) {
        int bias = (1 << (exponentBits - 1)) - 1;
        int exponent = (bits >> fractionBits) & ((1 << exponentBits) - 1);
        double fraction = (bits & ((1 << fractionBits) - 1)) * Math.pow(2, -fractionBits);
        double sign = (bits & 0x8000) != 0 ? -1 : 1;
        if (exponent == (1 << exponentBits) - 1) {
            return fraction == 0 ? sign / 0.0 : Double.NaN;
        }
        return exponent == 0
                ? sign * fraction * Math.pow(2, 1 - bias)
                : sign * (1 + fraction) * Math.pow(2, exponent - bias);
    }

    private static float[] widen(Dtype type, int[] patterns) {
        short[] shorts = new short[patterns.length];
        for (int i = 0; i < shorts.length; i++) {
            shorts[i] = (short) patterns[i];
        }
        float[] floats = new float[shorts.length];
        type.toF32(MemorySegment.ofArray(shorts), MemorySegment.ofArray(floats));
        return floats;
    }

    private static int[] narrow(Dtype type, float... floats) {
        short[] shorts = new short[floats.length];
        type.fromF32(MemorySegment.ofArray(floats), MemorySegment.ofArray(shorts));
        int[] patterns = new int[shorts.length];
        for (int i = 0; i < shorts.length; i++) {
            patterns[i] = shorts[i] & 0xffff;
        }
        return patterns;
    }

    private static float[] toF32(double... doubles) {
        float[] floats = new float[doubles.length];
        Dtype.F64.toF32(MemorySegment.ofArray(doubles), MemorySegment.ofArray(floats));
        return floats;
    }

    /// There and back through memory that begins at an odd address.
    private static float[] roundTrip(Dtype type, float[] floats) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment odd =
                    arena.allocate((long) floats.length * type.bytes() + 1, 8).asSlice(1);
            type.fromF32(MemorySegment.ofArray(floats), odd);
            MemorySegment back = arena.allocate((long) floats.length * Float.BYTES, 4);
            type.toF32(odd, back);
            return back.toArray(ValueLayout.JAVA_FLOAT);
        }
    }
}
