package io.sparsemesh.engine.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.checkpoint.SafetensorsFile;
import io.sparsemesh.engine.calibration.BlockCalibration;
import io.sparsemesh.engine.calibration.GramAccumulator;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.matrix.Matrix;
import io.sparsemesh.engine.model.Block;
import io.sparsemesh.engine.model.CausalLm;
import io.sparsemesh.engine.model.InputGroup;
import io.sparsemesh.engine.model.LinearDescription;
import io.sparsemesh.engine.model.LinearObserver;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What calibration sees of the experts of a block.
class ExpertsTest {

    private static final int LENGTH = 48;

    private final Device device = Devices.open("cpu", 2);
    private final Arena arena = Arena.ofShared();

    @AfterEach
    void close() {
        arena.close();
        device.close();
    }

    /// What happens to an open model and its golden file.
    @FunctionalInterface
    private interface Work {
        void run(CausalLm model, SafetensorsFile golden);
    }

    private void with(String name, Work work) {
        Path path =
                GoldenModels.own().stream()
                        .filter(folder -> folder.endsWith(name))
                        .findFirst()
                        .orElseThrow();
        try (ModelFolder folder = ModelFolder.open(path);
                SafetensorsFile golden = GoldenModels.golden(path);
                CausalLm model = Families.open(folder, device)) {
            work.run(model, golden);
        }
    }

    private Matrix embed(CausalLm model, SafetensorsFile golden) {
        return model.embed(arena, GoldenModels.ids(golden), LENGTH);
    }

    private Map<String, GramAccumulator> calibrate(Block block, Matrix hidden) {
        return BlockCalibration.run(device, block, hidden, LENGTH, group -> true, arena);
    }

    private Map<String, GramAccumulator> everyToken(Block block, Matrix hidden, Set<String> some) {
        return BlockCalibration.runEveryToken(device, block, hidden, LENGTH, some, arena);
    }

    private static Set<String> routed(Block block) {
        return block.description().groups().stream()
                .filter(InputGroup::routed)
                .map(InputGroup::name)
                .collect(Collectors.toSet());
    }

    @ParameterizedTest
    @ValueSource(strings = {"mixtral", "qwen2_moe", "qwen2_moe-normed"})
    void expertsSeeTheTokensThatTransformersSendsThem(String name) {
        with(
                name,
                (model, golden) -> {
                    Matrix hidden = embed(model, golden);
                    for (int b = 0; b < 2; b++) {
                        Matrix input = device.allocate(arena, hidden.rows(), hidden.cols());
                        input.copyFrom(hidden);
                        long[] tokens = golden.tensor("tokens." + b).readLongs(0, experts(model));
                        try (Block block = model.loadBlock(b)) {
                            Map<String, GramAccumulator> sums = calibrate(block, input);
                            for (int e = 0; e < tokens.length; e++) {
                                assertThat(sums.get("expert-%d-input".formatted(e)).tokens())
                                        .as("block %d, expert %d", b, e)
                                        .isEqualTo(tokens[e]);
                                assertThat(sums.get("expert-%d-output".formatted(e)).tokens())
                                        .isEqualTo(tokens[e]);
                            }
                            assertThat(sums.get("attention-input").tokens()).isEqualTo(2 * LENGTH);
                            block.forward(hidden, LENGTH);
                        }
                    }
                });
    }

    private static int experts(CausalLm model) {
        return (int)
                model.description().blocks().getFirst().groups().stream()
                        .filter(group -> group.name().matches("expert-\\d+-input"))
                        .count();
    }

    @ParameterizedTest
    @CsvSource({"mixtral, 2", "qwen2_moe, 3"})
    void theExpertsOfATokenShareItsPartOfTheGramMatrix(String name, int perToken) {
        with(
                name,
                (model, golden) -> {
                    try (Block block = model.loadBlock(0)) {
                        Map<String, GramAccumulator> own = calibrate(block, embed(model, golden));
                        Map<String, GramAccumulator> every =
                                everyToken(block, embed(model, golden), routed(block));

                        float[] sum = new float[32 * 32];
                        for (int e = 0; e < experts(model); e++) {
                            String group = "expert-%d-input".formatted(e);
                            assertThat(every.get(group).tokens()).isEqualTo(2 * LENGTH);
                            assertThat(every.get(group).partial().toArray())
                                    .isEqualTo(every.get("expert-0-input").partial().toArray());
                            float[] part = own.get(group).partial().toArray();
                            IntStream.range(0, sum.length).forEach(i -> sum[i] += part[i]);
                        }
                        float[] all = every.get("expert-0-input").partial().toArray();
                        for (int i = 0; i < all.length; i++) {
                            all[i] *= perToken;
                        }
                        assertThat(GoldenModels.largestDifference(sum, all)).isLessThan(1e-3);
                        assertThat(every.get("expert-1-output").tokens()).isEqualTo(2 * LENGTH);
                        assertThat(every.get("expert-1-output").partial().toArray())
                                .isNotEqualTo(own.get("expert-1-output").partial().toArray());
                    }
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"mixtral", "qwen2_moe", "qwen2-window"})
    void everyGroupIsCompletedOnceAndLast(String name) {
        with(
                name,
                (model, golden) -> {
                    // Sequences of one token, one more than a batch holds: the last has few
                    // experts.
                    int[] ids = IntStream.range(0, 2049).map(i -> i % 59).toArray();
                    List<String> events = new ArrayList<>();
                    try (Block block = model.loadBlock(0)) {
                        block.observe(model.embed(arena, ids, 1), 1, recorder(events));

                        for (InputGroup group : block.description().groups()) {
                            List<String> own =
                                    events.stream()
                                            .filter(e -> e.endsWith(" " + group.name()))
                                            .toList();
                            assertThat(own).hasSizeBetween(2, 3).endsWith("end " + group.name());
                            assertThat(own.subList(0, own.size() - 1))
                                    .containsOnly("see " + group.name());
                        }
                    }
                });
    }

    private static LinearObserver recorder(List<String> events) {
        return new LinearObserver() {
            @Override
            public void observe(InputGroup group, Matrix input) {
                events.add("see " + group.name());
            }

            @Override
            public void completed(InputGroup group) {
                events.add("end " + group.name());
            }
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"attention-input", "shared-expert-input"})
    void everyTokenOfAGroupThatIsNotRoutedIsRefused(String group) {
        with(
                "qwen2_moe",
                (model, golden) -> {
                    Matrix hidden = embed(model, golden);
                    try (Block block = model.loadBlock(0)) {
                        assertThatThrownBy(() -> everyToken(block, hidden, Set.of(group)))
                                .isInstanceOf(IllegalArgumentException.class)
                                .hasMessageContaining("routed groups, found [" + group + "]");
                    }
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"mixtral", "qwen2_moe"})
    void routersAreNoLinearsToPrune(String name) {
        with(
                name,
                (model, golden) ->
                        assertThat(model.description().blocks().getFirst().linears())
                                .extracting(LinearDescription::name)
                                .noneMatch(linear -> linear.endsWith("gate"))
                                .hasSizeGreaterThan(18));
    }
}
