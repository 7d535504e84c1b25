package io.sparsemesh.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparsemesh.checkpoint.CheckpointException;
import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.checkpoint.Tensor;
import io.sparsemesh.engine.calibration.BlockCalibration;
import io.sparsemesh.engine.calibration.GramAccumulator;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.device.NarrowingDevice;
import io.sparsemesh.engine.device.TokenScores;
import io.sparsemesh.engine.family.Families;
import io.sparsemesh.engine.family.SmallModel;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Running a model block by block: batches, observers, replaced weights, scores.
class CausalLmTest {

    private static final int LENGTH = 30;

    @TempDir private Path path;

    private final Arena arena = Arena.ofShared();
    private ModelFolder folder;
    private Device device;
    private CausalLm model;

    @BeforeEach
    void open() {
        folder = ModelFolder.open(SmallModel.llama().write(path));
        device = Devices.open("cpu", 2);
        model = Families.open(folder, device);
    }

    @AfterEach
    void close() {
        model.close();
        device.close();
        folder.close();
        arena.close();
    }

    private static int[] ids(int sequences) {
        return IntStream.range(0, sequences * LENGTH).map(i -> (i * 7 + i / 5) % 11).toArray();
    }

    @Test
    void sequencesDoNotSeeEachOtherNorTheBatchTheyAreIn() {
        // 150 sequences of 30 are more than one batch.
        int[] ids = ids(150);
        Matrix together = model.embed(arena, ids, LENGTH);
        int last = 149 * LENGTH;
        Matrix alone = model.embed(arena, Arrays.copyOfRange(ids, last, last + LENGTH), LENGTH);
        try (Block block = model.loadBlock(0)) {
            block.forward(together, LENGTH);
            block.forward(alone, LENGTH);
        }
        assertThat(together.rows(last, last + LENGTH).toArray())
                .usingComparatorWithPrecision(1e-5f)
                .containsExactly(alone.toArray());
    }

    @Test
    void batchesHoldAsManyWholeSequencesAsTheDeviceWants() {
        List<Long> batches = new ArrayList<>();
        try (CausalLm lm = Families.open(folder, new NarrowingDevice(device, 70));
                Block block = lm.loadBlock(0)) {
            block.observe(
                    lm.embed(arena, ids(5), LENGTH),
                    LENGTH,
                    (group, input) -> {
                        if (group.name().equals("attention-input")) {
                            batches.add(input.rows());
                        }
                    });
        }
        assertThat(batches).containsExactly(60L, 60L, 30L);
    }

    @Test
    void observerSeesTheInputOfEachGroupOnce() {
        Map<String, List<String>> seen = new LinkedHashMap<>();
        Matrix hidden = model.embed(arena, ids(2), LENGTH);
        try (Block block = model.loadBlock(1)) {
            block.forward(
                    hidden,
                    LENGTH,
                    (group, x) ->
                            seen.computeIfAbsent(group.name(), name -> new ArrayList<>())
                                    .add(x.rows() + " x " + x.cols()));
        }
        assertThat(seen)
                .containsExactly(
                        Map.entry("attention-input", List.of("60 x 8")),
                        Map.entry("attention-output", List.of("60 x 8")),
                        Map.entry("mlp-input", List.of("60 x 8")),
                        Map.entry("mlp-output", List.of("60 x 12")));
    }

    @Test
    void observingAloneShowsTheSameInputs() {
        assertThat(observed(false)).isEqualTo(observed(true)).hasSize(4);
    }

    private List<List<Float>> observed(boolean alone) {
        List<List<Float>> inputs = new ArrayList<>();
        LinearObserver observer = (group, x) -> inputs.add(boxed(x.toArray()));
        Matrix hidden = model.embed(arena, ids(2), LENGTH);
        try (Block block = model.loadBlock(0)) {
            if (alone) {
                block.observe(hidden, LENGTH, observer);
            } else {
                block.forward(hidden, LENGTH, observer);
            }
        }
        return inputs;
    }

    private static List<Float> boxed(float[] values) {
        return IntStream.range(0, values.length).mapToObj(i -> values[i]).toList();
    }

    @Test
    void calibrationSumsTheGramMatricesOfTheWantedGroups() {
        Matrix first = model.embed(arena, ids(3), LENGTH);
        Matrix normed = Matrix.allocate(arena, 3 * LENGTH, 8);
        Map<String, GramAccumulator> sums;
        try (Block block = model.loadBlock(0)) {
            block.forward(
                    model.embed(arena, ids(3), LENGTH),
                    LENGTH,
                    (group, x) -> {
                        if (group.name().equals("attention-input")) {
                            normed.copyFrom(x);
                        }
                    });
            sums =
                    BlockCalibration.run(
                            device,
                            block,
                            first,
                            LENGTH,
                            group -> group.name().startsWith("attention"),
                            arena);
        }

        assertThat(sums.keySet()).containsExactly("attention-input", "attention-output");
        assertThat(sums.get("attention-input").sequences()).isEqualTo(3);
        Matrix expected = Matrix.allocate(arena, 8, 8);
        device.blas().addGram(normed, expected);
        assertThat(sums.get("attention-input").partial().toArray()).isEqualTo(expected.toArray());
    }

    @Test
    void overridesReplaceWeightsOfABlock() {
        String tensor = "model.layers.0.mlp.down_proj.weight";
        Matrix zeros = Matrix.allocate(arena, 8, 12);
        float[] dense = afterBlock0(WeightOverrides.NONE);
        float[] replaced = afterBlock0(WeightOverrides.ofMatrices(Map.of(tensor, zeros)));
        MemorySegment halves = arena.allocate(8 * 12 * 2);
        float[] halved =
                afterBlock0(
                        WeightOverrides.of(
                                Map.of(
                                        tensor,
                                        new Tensor(tensor, Dtype.BF16, List.of(8L, 12L), halves))));

        assertThat(replaced).isNotEqualTo(dense).isEqualTo(halved);
    }

    @Test
    void overridesOfAnotherShapeOrWithNanAreRefused() {
        String tensor = "model.layers.0.mlp.down_proj.weight";
        Matrix turned = Matrix.allocate(arena, 12, 8);
        Matrix broken = Matrix.allocate(arena, 8, 12);
        broken.set(7, 11, Float.NaN);
        assertThatThrownBy(() -> afterBlock0(WeightOverrides.ofMatrices(Map.of(tensor, turned))))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("expected shape [8, 12], found [12, 8]");
        assertThatThrownBy(() -> afterBlock0(WeightOverrides.ofMatrices(Map.of(tensor, broken))))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("found NaN at [7, 11]");
    }

    private float[] afterBlock0(WeightOverrides overrides) {
        Matrix hidden = model.embed(arena, ids(1), LENGTH);
        try (Block block = model.loadBlock(0, overrides)) {
            block.forward(hidden, LENGTH);
        }
        return hidden.toArray();
    }

    @Test
    void scoresAreThoseOfTheLogits() {
        int[] ids = ids(2);
        Matrix hidden = model.embed(arena, ids, LENGTH);
        int[] targets = new int[ids.length];
        Arrays.fill(targets, CausalLm.NO_TARGET);
        targets[4] = 3;
        targets[59] = 10;

        TokenScores scores = model.score(hidden, targets);

        Matrix logits = model.logits(arena, hidden);
        for (int row : new int[] {4, 59}) {
            double sum = 0;
            boolean largest = true;
            for (int c = 0; c < 11; c++) {
                sum += Math.exp(logits.get(row, c));
                largest &= logits.get(row, c) <= logits.get(row, targets[row]);
            }
            double expected = logits.get(row, targets[row]) - Math.log(sum);
            assertThat(Math.abs(scores.logLikelihoods()[row] - expected)).isLessThan(1e-5);
            assertThat(scores.greedy()[row]).isEqualTo(largest);
        }
        scores.logLikelihoods()[4] = 0;
        scores.logLikelihoods()[59] = 0;
        assertThat(scores.logLikelihoods()).containsOnly(0.0).hasSize(60);
    }

    @Test
    void wholeModelScoresTheSameWithBlocksKeptOrLoadedEachTime() {
        int[] ids = ids(4);
        int[] targets = IntStream.range(0, ids.length).map(i -> (i * 3) % 11).toArray();
        TokenScores streamed = model.score(ids, LENGTH, targets);
        model.keepBlocks(1 << 20);
        TokenScores kept = model.score(ids, LENGTH, targets);
        TokenScores again = model.score(ids, LENGTH, targets);

        assertThat(kept.logLikelihoods())
                .isEqualTo(streamed.logLikelihoods())
                .isEqualTo(again.logLikelihoods());
        assertThat(kept.greedy()).isEqualTo(streamed.greedy()).isEqualTo(again.greedy());
    }

    @Test
    void rotationFollowsTheLengthOfTheSequences() {
        int[] ids = ids(1);
        float[] whole = afterBlock0(ids, LENGTH);
        float[] half = afterBlock0(Arrays.copyOf(ids, 15), 15);
        float[] wholeAgain = afterBlock0(ids, LENGTH);

        assertThat(wholeAgain).isEqualTo(whole);
        assertThat(half)
                .usingComparatorWithPrecision(1e-5f)
                .containsExactly(Arrays.copyOf(whole, half.length));
    }

    private float[] afterBlock0(int[] ids, int length) {
        Matrix hidden = model.embed(arena, ids, length);
        try (Block block = model.loadBlock(0)) {
            block.forward(hidden, length);
        }
        return hidden.toArray();
    }
}
