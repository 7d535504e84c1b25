package io.sparsemesh.engine.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.device.NarrowingDevice;
import io.sparsemesh.engine.device.Operands;
import io.sparsemesh.engine.family.Families;
import io.sparsemesh.engine.family.SmallModel;
import io.sparsemesh.engine.model.CausalLm;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// In which type the products of a checkpoint are made.
class OperandsTest {

    private static final String PRODUCT = "multiplyTransposed";
    private static final int LENGTH = 20;

    @TempDir private Path path;

    private final NarrowingDevice device = new NarrowingDevice(Devices.open("cpu", 1), 2048);

    @AfterEach
    void close() {
        device.close();
    }

    private static int[] ids() {
        return IntStream.range(0, LENGTH).map(i -> i * 7 % 11).toArray();
    }

    private void scoreByCache(SmallModel model) {
        try (ModelCache cache = new ModelCache(device, 1, 0)) {
            score(cache.open(model.write(path)).model());
        }
    }

    private static void score(CausalLm model) {
        model.score(ids(), LENGTH, ids());
    }

    @ParameterizedTest
    @EnumSource(
            value = Dtype.class,
            names = {"F32", "F16", "BF16"})
    void aModelOfTheCacheRunsWithOperandsOfItsWeightsType(Dtype dtype) {
        scoreByCache(SmallModel.llama().in(dtype));

        Set<Operands> only = Set.of(Operands.valueOf(dtype.name()));
        assertThat(device.operandsOf(PRODUCT)).isEqualTo(only);
        assertThat(device.operandsOf("attention")).isEqualTo(only);
    }

    @ParameterizedTest
    @ValueSource(strings = {"model.layers.1.mlp.down_proj.weight", "lm_head.weight"})
    void aModelWithOneLinearOfAnotherTypeRunsInF32(String tensor) {
        Long[] shape = tensor.startsWith("lm") ? new Long[] {11L, 8L} : new Long[] {8L, 12L};

        scoreByCache(SmallModel.llama().in(Dtype.F16).withTensor(tensor, Dtype.BF16, shape));

        assertThat(device.operandsOf(PRODUCT)).containsExactly(Operands.F32);
    }

    @Test
    void normsOfAnotherTypeDoNotCount() {
        scoreByCache(
                SmallModel.llama().in(Dtype.BF16).withTensor("model.norm.weight", Dtype.F32, 8L));

        assertThat(device.operandsOf(PRODUCT)).containsExactly(Operands.BF16);
    }

    @Test
    void whoOpensAModelHimselfChoosesTheOperands() {
        SmallModel.llama().in(Dtype.F16).write(path);
        try (ModelFolder folder = ModelFolder.open(path);
                CausalLm model = Families.open(folder, device)) {
            score(model);
        }

        assertThat(device.operandsOf(PRODUCT)).containsExactly(Operands.F32);
    }
}
