package io.sparsemesh.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.sparsemesh.engine.device.Activation;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.device.Heads;
import io.sparsemesh.engine.device.NeuralOps;
import io.sparsemesh.engine.device.NeuralOpsContract;
import io.sparsemesh.engine.device.TokenScores;
import io.sparsemesh.engine.matrix.Matrix;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CudaNeuralOpsTest extends NeuralOpsContract {

    @Override
    protected Device open() {
        Emulator.use();
        return CudaDevices.mirrored();
    }

    /// The same on this device and on the naive one, on the same numbers.
    private void assertAgrees(Matrix x, BiConsumer<NeuralOps, Matrix> operation) {
        Matrix found = allocate(x.rows(), x.cols());
        Matrix expected = Matrix.allocate(arena(), x.rows(), x.cols());
        found.copyFrom(x);
        expected.copyFrom(x);

        operation.accept(device().neural(), found);
        try (Device naive = Devices.open("naive", 1)) {
            operation.accept(naive.neural(), expected);
        }

        assertThat(found.toArray()).containsExactly(expected.toArray(), offset(1e-5f));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 31, 255, 256, 257, 1000})
    void normsOfRowsOfAnyLengthAgreeWithTheReference(int cols) {
        Matrix weight = random(2, 1, cols);
        Matrix bias = random(3, 1, cols);
        Matrix x = random(1, 3, cols);
        assertAgrees(x, (ops, y) -> ops.layerNorm(y, weight, bias, 1e-2f, y));
        assertAgrees(x, (ops, y) -> ops.rmsNorm(y, weight, 1e-5f, y));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 129, 600})
    void elementsOfAnyShapeAgreeWithTheReference(int cols) {
        Matrix x = random(1, 2, cols);
        Matrix y = random(2, 6, cols);
        assertAgrees(y, (ops, to) -> ops.add(x, to));
        assertAgrees(x, (ops, to) -> ops.multiply(y.rows(0, 2), to));
        assertAgrees(y, (ops, to) -> ops.softCap(0.7f, to));
        assertAgrees(y, (ops, to) -> ops.gather(x, new int[] {1, 0, 0, 1, 1, 0}, to));
        assertAgrees(
                y, (ops, to) -> ops.scatterAdd(x, new int[] {5, 2}, new float[] {0.3f, -2}, to));
    }

    @ParameterizedTest
    @EnumSource(Activation.class)
    void activationsAgreeWithTheReferenceEverywhere(Activation f) {
        Matrix x = allocate(1, 321);
        for (int i = 0; i < 321; i++) {
            x.set(0, i, (i - 160) / 16f);
        }
        assertAgrees(x, (ops, to) -> ops.activate(f, to));
    }

    @ParameterizedTest
    @EnumSource(Activation.class)
    void activationsHideNothingThatIsNotANumber(Activation f) {
        Matrix x = filled(1, 3, Float.NaN);
        device().neural().activate(f, x);
        assertThat(x.toArray()).containsOnly(Float.NaN);
    }

    @Test
    void headsAtAnyColumnsAreRotated() {
        Matrix cos = random(2, 3, 2);
        Matrix sin = random(3, 3, 2);
        for (List<Long> columns :
                List.of(List.of(9L), List.of(0L, 5L, 10L), List.of(8L, 0L, 17L))) {
            Matrix x = random(1, 6, 22);
            assertAgrees(x, (ops, to) -> ops.rotate(cos, sin, new Heads(to, 5, columns)));
            assertAgrees(x, (ops, to) -> ops.rotatePairs(cos, sin, new Heads(to, 5, columns)));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 255, 256, 257, 700})
    void scoresOfAnyVocabularyAgreeWithTheReference(int vocabulary) {
        long seed = vocabulary;
        Random random = new Random(seed);
        Matrix logits = allocate(5, vocabulary);
        int[] targets = new int[5];
        for (int row = 0; row < 5; row++) {
            targets[row] = random.nextInt(vocabulary);
            for (int c = 0; c < vocabulary; c++) {
                // So few values that the largest appears more than once.
                logits.set(row, c, random.nextInt(-8, 8));
            }
        }
        logits.set(0, targets[0], 9);

        TokenScores found = device().neural().score(logits, targets);

        try (Device naive = Devices.open("naive", 1)) {
            TokenScores expected = naive.neural().score(logits, targets);
            assertThat(found.greedy()).as("seed %d", seed).isEqualTo(expected.greedy());
            assertThat(found.logLikelihoods())
                    .as("seed %d", seed)
                    .containsExactly(expected.logLikelihoods(), offset(1e-6));
        }
    }

    @Test
    void matricesWithoutElementsAreNothingToDo() {
        NeuralOps ops = device().neural();
        Matrix none = allocate(0, 4);
        ops.rmsNorm(none, allocate(1, 4), 1, none);
        ops.activate(Activation.SILU, none);
        ops.rotate(allocate(3, 1), allocate(3, 1), Heads.adjacent(none, 2));
        ops.gather(allocate(3, 4), new int[0], none);
        assertThat(ops.score(none, new int[0]).tokens()).isZero();
    }
}
