package io.sparsemesh.engine.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;
import static org.assertj.core.data.Percentage.withPercentage;

import io.sparsemesh.engine.matrix.Matrix;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What the operations between linears have to do on every device, on numbers worked out by hand.
public abstract class NeuralOpsContract extends OnDevice {

    private static final float EXACT = 1e-6f;

    @Test
    void layerNormCentresScalesAndShifts() {
        Matrix x = matrix(2, 1, 2, 3, 6, 5, 5, 5, 5);
        Matrix weight = matrix(1, 1, 1, 2, 1);
        Matrix bias = matrix(1, 0, 0, 0, 10);
        Matrix y = allocate(2, 4);

        device().neural().layerNorm(x, weight, bias, 0.5f, y);

        // Mean 3, variance 3.5, divided by sqrt(4); then a row without variance.
        assertValues(y, -1, -0.5, 0, 11.5, 0, 0, 0, 10);
    }

    @Test
    void layerNormMayWorkInPlaceAndSurvivesALargeMean() {
        Matrix x = matrix(1, 10001, 9999, 10001, 9999);

        device().neural().layerNorm(x, matrix(1, 1, 1, 1, 1), matrix(1, 0, 0, 0, 0), 1e-5f, x);

        double one = 1 / Math.sqrt(1 + 1e-5);
        assertValues(x, one, -one, one, -one);
    }

    @Test
    void rmsNormScalesByTheRootMeanSquare() {
        Matrix x = matrix(2, 3, -4, 0, 0);
        Matrix y = allocate(2, 2);

        device().neural().rmsNorm(x, matrix(1, 1, 2), 3.5f, y);

        // Mean square 12.5, plus 3.5 is 16.
        assertValues(y, 0.75, -2, 0, 0);
    }

    @Test
    void addRepeatsTheRowsOfItsOperand() {
        Matrix y = matrix(4, 1, 1, 2, 2, 3, 3, 4, 4);

        device().neural().add(matrix(2, 10, 20, 30, 40), y);

        assertValues(y, 11, 21, 32, 42, 13, 23, 34, 44);
    }

    @Test
    void addOfOneRowIsABias() {
        Matrix y = matrix(2, 1, 2, 3, 4);

        device().neural().add(matrix(1, 0.5f, -1), y);

        assertValues(y, 1.5, 1, 3.5, 3);
    }

    @Test
    void multiplyIsElementByElement() {
        Matrix y = matrix(2, 1, 2, 3, 4);

        device().neural().multiply(matrix(2, 2, 0, -1, 0.5f), y);

        assertValues(y, 2, 0, -3, 2);
    }

    @ParameterizedTest
    @CsvSource({
        "RELU,         0,  0,           0,           1,          3",
        "SILU,         0, -0.26894142, -0.14227762,  0.73105858, 2.85772238",
        "GELU,         0, -0.15865525, -0.00404969,  0.84134475, 2.99595031",
        "GELU_TANH,    0, -0.15880801, -0.00363739,  0.84119199, 2.99636261",
        "GELU_SIGMOID, 0, -0.15420423, -0.01807131,  0.84579577, 2.98192869",
        "TANH,         0, -0.76159416, -0.99505475,  0.76159416, 0.99505475"
    })
    void activationsFollowTheirFormulas(
            Activation f, double zero, double minus1, double minus3, double one, double three) {
        Matrix x = matrix(1, 0, -1, -3, 1, 3);

        device().neural().activate(f, x);

        assertValues(x, zero, minus1, minus3, one, three);
    }

    @ParameterizedTest
    @CsvSource({
        "RELU,true",
        "SILU,true",
        "GELU,true",
        "GELU_TANH,true",
        "GELU_SIGMOID,true",
        "TANH,false"
    })
    void activationsHoldFarFromZero(Activation f, boolean unbounded) {
        Matrix x = matrix(1, -1000, 1000, -90, 90);

        device().neural().activate(f, x);

        if (unbounded) {
            assertValues(x, 0, 1000, 0, 90);
        } else {
            assertValues(x, -1, 1, -1, 1);
        }
    }

    @Test
    void softCapFollowsItsFormula() {
        Matrix x = matrix(1, 0, 1, -3, 1000, -1000, 1e-3f, 0.6f);

        device().neural().softCap(2, x);

        // 2 tanh(1/2), -2 tanh(3/2), the bounds, 2 tanh(5e-4), 2 tanh(0.3).
        assertValues(x, 0, 0.92423431, -1.81029651, 2, -2, 0.00099999992, 0.58262522);
    }

    @ParameterizedTest
    @ValueSource(floats = {0.01f, -0.5f, 12.4f, 12.6f, -70})
    void softCapHoldsItsDigitsNearZeroAndFarFromIt(float value) {
        Matrix x = matrix(1, value);

        device().neural().softCap(50, x);

        double expected = 50 * Math.tanh(value / 50.0);
        assertThat((double) x.get(0, 0)).isCloseTo(expected, withPercentage(1e-4));
    }

    @Test
    void rotateTurnsPairsOfHalvesByThePositionInTheSequence() {
        // Two heads of 3 columns, one pair each; two sequences of two positions.
        Matrix x = allocate(4, 6);
        for (int r = 0; r < 4; r++) {
            fillRow(x, r, 1, 2, 9, 3, 4, 9);
        }

        device().neural().rotate(matrix(2, 1, 0), matrix(2, 0, 1), Heads.adjacent(x, 2));

        double[] still = {1, 2, 9, 3, 4, 9};
        double[] quarterTurn = {-2, 1, 9, -4, 3, 9};
        for (int r = 0; r < 4; r++) {
            assertValues(x.rows(r, r + 1), r % 2 == 0 ? still : quarterTurn);
        }
    }

    @Test
    void rotatePairsTurnsNeighboursByThePositionInTheSequence() {
        // Two heads of 5 columns, two pairs each; two sequences of two positions.
        Matrix x = allocate(4, 10);
        for (int r = 0; r < 4; r++) {
            fillRow(x, r, 1, 2, 3, 4, 9, 5, 6, 7, 8, 9);
        }

        device().neural()
                .rotatePairs(matrix(2, 1, 1, 0, 1), matrix(2, 0, 0, 1, 0), Heads.adjacent(x, 2));

        double[] still = {1, 2, 3, 4, 9, 5, 6, 7, 8, 9};
        double[] firstPairTurned = {-2, 1, 3, 4, 9, -6, 5, 7, 8, 9};
        for (int r = 0; r < 4; r++) {
            assertValues(x.rows(r, r + 1), r % 2 == 0 ? still : firstPairTurned);
        }
    }

    @Test
    void attentionMixesThePastOfItsOwnSequence() {
        // One head of size 1; scores are q * k. ln 3 makes weights of 1 : 3.
        float ln3 = (float) Math.log(3);
        Matrix q = matrix(4, 1, 1, 1, 1);
        Matrix k = matrix(4, 0, ln3, 0, 0);
        Matrix v = matrix(4, 8, 16, 1, 5);
        Matrix out = allocate(4, 1);

        attend(new Attention(2, 1, List.of()), one(q), one(k), one(v), out);

        assertValues(out, 8, 14, 1, 3);
    }

    @Test
    void attentionSharesKeysBetweenQueryHeads() {
        Matrix q = matrix(1, 1, 2, 3, 4);
        Matrix k = matrix(1, 1, 1);
        Matrix v = matrix(1, 7, 9);
        Matrix out = allocate(1, 4);

        attend(
                new Attention(1, 1, List.of()),
                Heads.adjacent(q, 4),
                Heads.adjacent(k, 2),
                Heads.adjacent(v, 2),
                out);

        assertValues(out, 7, 7, 9, 9);
    }

    @Test
    void attentionReadsInterleavedHeadsAndPenalisesDistance() {
        // Heads of size 1 as q k v q k v; all scores 0, so only the slopes weigh.
        Matrix qkv = allocate(3, 6);
        for (int r = 0; r < 3; r++) {
            fillRow(qkv, r, 0, 0, 1 << r, 0, 0, 1 << r);
        }
        float ln2 = (float) Math.log(2);
        Matrix out = allocate(3, 2);

        attend(
                new Attention(3, 1, List.of(0f, ln2)),
                Heads.spaced(qkv, 2, 1, 0, 3),
                Heads.spaced(qkv, 2, 1, 1, 3),
                Heads.spaced(qkv, 2, 1, 2, 3),
                out);

        // Weights 1/4 : 1/2 : 1 in the second head.
        assertValues(out, 1, 1, 1.5, 2.5 / 1.5, 7.0 / 3, 5.25 / 1.75);
    }

    @Test
    void attentionWithAWindowSeesTheLastTokensOnly() {
        // Scores 0 but for position 0, whose key outweighs all others where it is seen.
        Matrix q = matrix(4, 1, 1, 1, 1);
        Matrix k = matrix(4, 100, 0, 0, 0);
        Matrix v = matrix(4, 8, 1, 3, 7);
        Matrix out = allocate(4, 1);

        attend(new Attention(4, 1, List.of()).within(2), one(q), one(k), one(v), out);

        assertValues(out, 8, 8, 2, 5);
    }

    @Test
    void attentionWithAWindowOfOneIsTheValueItself() {
        Matrix x = random(4, 150, 1);
        Matrix out = allocate(150, 1);

        attend(new Attention(150, 1, List.of()).within(1), one(x), one(x), one(x), out);

        assertThat(out.toArray()).isEqualTo(x.toArray());
    }

    @Test
    void attentionWithAWindowPenalisesDistanceWithinIt() {
        Matrix zero = allocate(3, 1);
        Matrix v = matrix(3, 5, 3, 6);
        Matrix out = allocate(3, 1);
        float ln2 = (float) Math.log(2);

        attend(new Attention(3, 1, List.of(ln2)).within(2), one(zero), one(zero), one(v), out);

        // Weights 1/2 : 1 of the two seen.
        assertValues(out, 5, 5.5 / 1.5, 7.5 / 1.5);
    }

    @Test
    void attentionCapsItsScaledScores() {
        // Scores 0.5 * 4 = 2 and 0; capped to 1 tanh(2): the weights are exp(tanh 2) : 1.
        Matrix q = matrix(2, 0, 4);
        Matrix k = matrix(2, 1, 0);
        Matrix v = matrix(2, 1, 0);
        Matrix out = allocate(2, 1);

        attend(new Attention(2, 0.5f, List.of()).capped(1), one(q), one(k), one(v), out);

        double weight = Math.exp(Math.tanh(2));
        assertValues(out, 1, weight / (weight + 1));
    }

    @Test
    void attentionOfHugeScoresIsTheLargest() {
        Matrix q = matrix(2, 200, 200);
        Matrix k = matrix(2, 200, -200);
        Matrix v = matrix(2, 3, 5);
        Matrix out = allocate(2, 1);

        attend(new Attention(2, 1, List.of()), one(q), one(k), one(v), out);

        assertValues(out, 3, 3);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 15, 127, 128, 129, 300})
    void attentionOfEqualScoresIsTheMeanOfThePast(int length) {
        Matrix q = random(1, length, 8);
        Matrix k = allocate(length, 8);
        Matrix v = random(2, length, 8);
        Matrix out = allocate(length, 8);

        attend(
                new Attention(length, 0.3f, List.of()),
                Heads.adjacent(q, 2),
                Heads.adjacent(k, 2),
                Heads.adjacent(v, 2),
                out);

        double[] sums = new double[8];
        for (int r = 0; r < length; r++) {
            for (int c = 0; c < 8; c++) {
                sums[c] += v.get(r, c);
                assertThat((double) out.get(r, c))
                        .as("row %d column %d", r, c)
                        .isCloseTo(sums[c] / (r + 1), offset(2e-6));
            }
        }
    }

    @Test
    void gatherCopiesRows() {
        Matrix out = allocate(3, 2);

        device().neural().gather(matrix(3, 1, 2, 3, 4, 5, 6), new int[] {2, 0, 2}, out);

        assertValues(out, 5, 6, 1, 2, 5, 6);
    }

    @Test
    void scatterAddAddsScaledRowsWhereTheyBelong() {
        Matrix y = matrix(3, 1, 2, 3, 4, 5, 6);

        device().neural()
                .scatterAdd(matrix(2, 10, 20, 30, 40), new int[] {2, 0}, new float[] {0.5f, 2}, y);

        assertValues(y, 61, 82, 3, 4, 10, 16);
    }

    @Test
    void scoreIsTheLogSoftmaxOfTheTarget() {
        float ln3 = (float) Math.log(3);
        Matrix logits = matrix(4, 0, ln3, 100, 100 + ln3, 7, 7, -500, 500);

        TokenScores scores = device().neural().score(logits, new int[] {1, 0, 1, 0});

        assertThat(scores.greedy()).containsExactly(true, false, false, false);
        assertThat(scores.logLikelihoods())
                .containsExactly(
                        new double[] {Math.log(0.75), Math.log(0.25), Math.log(0.5), -1000},
                        offset(4e-6));
    }

    @Test
    void firstOfEqualLogitsIsTheGreedyOne() {
        Matrix logits = matrix(2, 5, 5, 5, 5);
        assertThat(device().neural().score(logits, new int[] {0, 1}).greedy())
                .containsExactly(true, false);
    }

    @Test
    void scoreOfAWideVocabularySumsAllOfIt() {
        Matrix logits = allocate(3, 50_257);

        TokenScores scores = device().neural().score(logits, new int[] {0, 7, 50_256});

        assertThat(scores.logLikelihoods())
                .containsOnly(new double[] {-Math.log(50_257)}, offset(1e-6));
    }

    @Test
    void shapesThatDoNotFitAreRefused() {
        NeuralOps ops = device().neural();
        Matrix x = matrix(2, 1, 2, 3, 4, 5, 6);
        assertRefused(() -> ops.layerNorm(x, matrix(1, 1, 1), matrix(1, 0, 0, 0), 1, x), "weight");
        assertRefused(() -> ops.rmsNorm(x, matrix(1, 1, 1, 1), 1, allocate(2, 2)), "y [2 x 3]");
        assertRefused(() -> ops.add(x, allocate(3, 3)), "[2 x 3] and [3 x 3]");
        assertRefused(() -> ops.multiply(x, allocate(4, 3)), "[4 x 3]");
        assertRefused(
                () -> ops.rotate(allocate(2, 2), allocate(2, 2), Heads.adjacent(x, 1)), "found 3");
        assertRefused(
                () -> ops.rotatePairs(allocate(2, 2), allocate(2, 2), Heads.adjacent(x, 1)),
                "found 3");
        assertRefused(() -> ops.softCap(0, x), "cap > 0, found 0.0");
        assertRefused(() -> new Attention(1, 1, List.of()).within(0), "window >= 1, found 0");
        assertRefused(() -> new Attention(1, 1, List.of()).capped(-1), "cap >= 0, found -1.0");
        assertRefused(() -> ops.gather(x, new int[] {2}, allocate(1, 3)), "below 2, found 2");
        float[] two = {1, 1};
        assertRefused(() -> ops.scatterAdd(x, new int[] {0, 0}, two, x), "all differ");
        assertRefused(() -> ops.scatterAdd(x, new int[] {0, 2}, two, x), "below 2, found 2");
        assertRefused(
                () -> ops.scatterAdd(x, new int[] {0, 1}, new float[1], x), "2 factors, found 1");
        assertRefused(() -> ops.scatterAdd(x, new int[] {0}, two, x), "x [1 x 3]");
        assertRefused(() -> ops.score(x, new int[] {0, 3}), "target 1 below 3, found 3");
        assertRefused(
                () -> attend(new Attention(3, 1, List.of()), one(x), one(x), one(x), x),
                "sequences of 3");
        assertRefused(
                () -> attend(new Attention(1, 1, List.of(1f, 1f)), one(x), one(x), one(x), x),
                "1 slopes, found 2");
    }

    private static void assertRefused(Runnable call, String message) {
        assertThatThrownBy(call::run)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    private void attend(Attention attention, Heads q, Heads k, Heads v, Matrix out) {
        device().neural().attention(attention, q, k, v, out);
    }

    private static Heads one(Matrix x) {
        return Heads.adjacent(x, 1);
    }

    private Matrix matrix(int rows, float... values) {
        int cols = values.length / rows;
        Matrix matrix = allocate(rows, cols);
        for (int i = 0; i < values.length; i++) {
            matrix.set(i / cols, i % cols, values[i]);
        }
        return matrix;
    }

    private static void fillRow(Matrix matrix, int row, float... values) {
        IntStream.range(0, values.length).forEach(c -> matrix.set(row, c, values[c]));
    }

    private static void assertValues(Matrix found, double... expected) {
        float[] values = found.toArray();
        assertThat(values).hasSize(expected.length);
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) values[i])
                    .as("element %d of %s", i, Arrays.toString(values))
                    .isCloseTo(expected[i], offset(EXACT * Math.max(1.0, Math.abs(expected[i]))));
        }
    }
}
