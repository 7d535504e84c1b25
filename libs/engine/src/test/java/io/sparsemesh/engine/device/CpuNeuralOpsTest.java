package io.sparsemesh.engine.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.engine.matrix.Matrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Beyond the contract: the CPU beside the naive device on sizes that straddle tiles and vectors.
class CpuNeuralOpsTest extends NeuralOpsContract {

    @Override
    protected Device open() {
        return Devices.open("cpu", 2);
    }

    @ParameterizedTest
    @CsvSource({"1,1", "3,127", "129,128", "70,1000", "2,40000"})
    void normsAgreeWithTheNaiveDevice(int rows, int cols) {
        Matrix weight = random(7, 1, cols);
        Matrix bias = random(8, 1, cols);
        assertAgree(rows, cols, (ops, x) -> ops.layerNorm(x, weight, bias, 1e-5f, x));
        assertAgree(rows, cols, (ops, x) -> ops.rmsNorm(x, weight, 1e-6f, x));
    }

    @ParameterizedTest
    @EnumSource
    void activationsAgreeWithTheNaiveDevice(Activation f) {
        assertAgree(37, 1003, (ops, x) -> ops.activate(f, x));
    }

    @ParameterizedTest
    @CsvSource({"1,1,1,1,8", "2,100,6,2,16", "1,257,3,3,24", "3,128,4,1,64"})
    void attentionAgreesWithTheNaiveDevice(int n, int length, int heads, int shared, int size) {
        int rows = n * length;
        Matrix k = random(5, rows, shared * size);
        Matrix v = random(6, rows, shared * size);
        List<Float> slopes = IntStream.range(0, heads).mapToObj(h -> h * 0.1f).toList();
        Attention plain = new Attention(length, 0.2f, List.of());
        Attention penalised = new Attention(length, 0.2f, slopes);
        for (Attention attention :
                List.of(
                        plain,
                        penalised,
                        plain.within(16),
                        penalised.within(130),
                        plain.capped(1.5f),
                        penalised.within(7).capped(0.5f))) {
            assertAgree(
                    rows,
                    heads * size,
                    (ops, x) -> {
                        Matrix out = allocate(rows, heads * size);
                        ops.attention(
                                attention,
                                Heads.adjacent(x, heads),
                                Heads.adjacent(k, shared),
                                Heads.adjacent(v, shared),
                                out);
                        x.copyFrom(out);
                    });
        }
    }

    @Test
    void scatterAddAgreesWithTheNaiveDevice() {
        Matrix added = random(9, 70, 1003);
        int[] rows = IntStream.range(0, 70).map(i -> i * 3 % 97).toArray();
        float[] factors = random(10, 1, 70).toArray();
        assertAgree(97, 1003, (ops, y) -> ops.scatterAdd(added, rows, factors, y));
    }

    @Test
    void softCapAgreesWithTheNaiveDevice() {
        assertAgree(37, 1003, (ops, x) -> ops.softCap(2, x));
    }

    @Test
    void rotationsAgreeWithTheNaiveDevice() {
        Matrix cos = random(5, 43, 7);
        Matrix sin = random(6, 43, 7);
        assertAgree(129, 96, (ops, x) -> ops.rotate(cos, sin, Heads.adjacent(x, 6)));
        assertAgree(129, 96, (ops, x) -> ops.rotatePairs(cos, sin, Heads.adjacent(x, 6)));
    }

    @Test
    void scoresAgreeWithTheNaiveDevice() {
        int[] targets = IntStream.range(0, 70).map(i -> i * 13 % 1003).toArray();
        TokenScores fast = device().neural().score(random(3, 70, 1003), targets);
        try (Device naive = Devices.open("naive", 1)) {
            TokenScores exact = naive.neural().score(random(3, 70, 1003), targets);
            for (int i = 0; i < targets.length; i++) {
                assertThat(Math.abs(fast.logLikelihoods()[i] - exact.logLikelihoods()[i]))
                        .isLessThan(1e-6);
            }
            assertThat(fast.greedy()).isEqualTo(exact.greedy());
        }
    }

    @Test
    void sameBitsForAnyNumberOfThreads() {
        List<float[]> results = new ArrayList<>();
        for (int threads : new int[] {1, 2, 3, 5}) {
            try (Device device = Devices.open("cpu", threads)) {
                results.add(everything(device.neural()));
            }
        }
        assertThat(results).allSatisfy(bits -> assertThat(bits).isEqualTo(results.getFirst()));
    }

    /// One operation after the other on 300 x 640 numbers.
    private float[] everything(NeuralOps ops) {
        Matrix x = random(1, 300, 640);
        Matrix out = allocate(300, 640);
        ops.layerNorm(x, random(2, 1, 640), random(3, 1, 640), 1e-5f, x);
        ops.rotate(random(4, 150, 32), random(5, 150, 32), Heads.adjacent(x, 10));
        Heads heads = Heads.adjacent(x, 10);
        ops.attention(new Attention(150, 0.1f, List.of()), heads, heads, heads, out);
        ops.rotatePairs(random(7, 150, 32), random(8, 150, 32), Heads.adjacent(x, 10));
        Attention narrow = new Attention(150, 0.1f, List.of()).within(40).capped(2);
        Matrix seen = allocate(300, 640);
        ops.attention(narrow, heads, heads, heads, seen);
        ops.softCap(3, seen);
        ops.add(seen, x);
        ops.add(x, out);
        ops.rmsNorm(out, random(6, 1, 640), 1e-5f, x);
        ops.activate(Activation.GELU, x);
        ops.multiply(out, x);
        float[] values = x.toArray();
        double[] scores = ops.score(x, new int[300]).logLikelihoods();
        float[] all = Arrays.copyOf(values, values.length + scores.length);
        for (int i = 0; i < scores.length; i++) {
            all[values.length + i] = (float) scores[i];
        }
        return all;
    }

    private void assertAgree(int rows, int cols, BiConsumer<NeuralOps, Matrix> operation) {
        Matrix fast = random(11, rows, cols);
        Matrix exact = random(11, rows, cols);
        operation.accept(device().neural(), fast);
        try (Device naive = Devices.open("naive", 1)) {
            operation.accept(naive.neural(), exact);
        }
        float[] found = fast.toArray();
        float[] expected = exact.toArray();
        for (int i = 0; i < found.length; i++) {
            double limit = 3e-6 * Math.max(1, Math.abs(expected[i]));
            assertThat(Math.abs((double) found[i] - expected[i])).as("%d", i).isLessThan(limit);
        }
    }
}
