package io.sparsemesh.engine.family;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.checkpoint.SafetensorsFile;
import io.sparsemesh.engine.calibration.BlockCalibration;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.device.RemoteDevice;
import io.sparsemesh.engine.device.Transfers;
import io.sparsemesh.engine.matrix.Matrix;
import io.sparsemesh.engine.model.Block;
import io.sparsemesh.engine.model.CausalLm;
import io.sparsemesh.engine.model.InputGroup;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Calibration of experts, in memory that the host cannot touch.
class RemoteExpertsTest {

    private static final int LENGTH = 48;

    @ParameterizedTest
    @ValueSource(strings = {"mixtral", "qwen2_moe"})
    void gramMatricesOverEveryTokenAreTheSameBits(String name) {
        List<float[]> expected = grams(Devices.open("cpu", 2), name);

        List<float[]> found = grams(new RemoteDevice(Devices.open("cpu", 2)), name);

        assertThat(expected).isNotEmpty();
        assertThat(found).usingRecursiveComparison().isEqualTo(expected);
    }

    /// @param opened closed at the end
    private static List<float[]> grams(Device opened, String name) {
        Path path =
                GoldenModels.own().stream()
                        .filter(folder -> folder.endsWith(name))
                        .findFirst()
                        .orElseThrow();
        try (Device device = opened;
                ModelFolder folder = ModelFolder.open(path);
                SafetensorsFile golden = GoldenModels.golden(path);
                CausalLm model = Families.open(folder, device);
                Arena arena = Arena.ofShared();
                Block block = model.loadBlock(0)) {
            Matrix hidden = model.embed(arena, GoldenModels.ids(golden), LENGTH);
            return BlockCalibration.runEveryToken(
                            device, block, hidden, LENGTH, routed(block), arena)
                    .values()
                    .stream()
                    .map(sum -> Transfers.values(device, sum.partial()))
                    .toList();
        }
    }

    private static Set<String> routed(Block block) {
        return block.description().groups().stream()
                .filter(InputGroup::routed)
                .map(InputGroup::name)
                .collect(Collectors.toSet());
    }
}
