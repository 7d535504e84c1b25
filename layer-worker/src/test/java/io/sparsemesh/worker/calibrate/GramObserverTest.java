package io.sparsemesh.worker.calibrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.engine.calibration.BlockCalibration;
import io.sparsemesh.engine.calibration.GramAccumulator;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.family.Families;
import io.sparsemesh.engine.model.Block;
import io.sparsemesh.engine.model.CausalLm;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GramObserverTest {

    private static final Path MODEL =
            Path.of(System.getProperty("sparsemesh.shared")).resolve("models/stories260K");
    private static final int LENGTH = 256;

    @Test
    void aSumIsTakenOnceWhenEveryBatchOfTheShardIsInIt() {
        assumeTrue(Files.exists(MODEL), MODEL + " is not there");
        // More tokens than go through a block at a time.
        int[] ids = IntStream.range(0, 20 * LENGTH).map(i -> i * 7 % 500).toArray();
        try (Device device = Devices.open("cpu", 2);
                ModelFolder folder = ModelFolder.open(MODEL);
                CausalLm model = Families.open(folder, device);
                Block block = model.loadBlock(0);
                Arena arena = Arena.ofShared()) {
            List<String> groups = List.of("attention-input", "mlp-output");
            Map<String, GramAccumulator> expected =
                    BlockCalibration.run(
                            device,
                            block,
                            model.embed(arena, ids, LENGTH),
                            LENGTH,
                            group -> groups.contains(group.name()),
                            arena);
            List<String> taken = new ArrayList<>();

            block.observe(
                    model.embed(arena, ids, LENGTH),
                    LENGTH,
                    new GramObserver(
                            device,
                            arena,
                            block.description(),
                            groups,
                            LENGTH,
                            (group, sum) -> {
                                taken.add(group.name());
                                assertThat(sum.tokens()).isEqualTo(ids.length);
                                assertThat(sum.partial().toArray())
                                        .isEqualTo(expected.get(group.name()).partial().toArray());
                            }));

            assertThat(taken).isEqualTo(groups);
        }
    }
}
