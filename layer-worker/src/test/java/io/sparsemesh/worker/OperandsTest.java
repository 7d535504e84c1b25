package io.sparsemesh.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.Method;
import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.job.Refit;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.device.NarrowingDevice;
import io.sparsemesh.engine.device.Operands;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Which operations of a job on an F16 model are asked for with F16 operands.
class OperandsTest {

    private static final Path DEMO = Path.of("../deploy/demo").toAbsolutePath().normalize();

    @TempDir Path folder;

    private JobRequest request(Method method) {
        return Jobs.request(
                DEMO.resolve("valley-opt"),
                method,
                Jobs.calibration(DEMO.resolve("ids.safetensors"), 2, 64),
                folder.resolve("out"));
    }

    @Test
    void modelAndStatisticsRunInTheModelsTypeAndSolvesInF32() throws Exception {
        NarrowingDevice device = new NarrowingDevice(Devices.open("cpu", 2), 2048);
        Method method = Jobs.method(MethodName.SPARSEGPT, "0.5", Propagation.SEQUENTIAL);

        try (Jobs.Place place = Jobs.Place.on(device, folder.resolve("store"))) {
            new PlanRunner(place.place(), "j", request(method)).prune();
        }

        assertThat(device.operandsOf("attention")).containsExactly(Operands.F16);
        assertThat(device.operandsOf("addGramUpper")).containsExactly(Operands.F16);
        assertThat(device.operandsOf("multiplyTransposed")).contains(Operands.F16);
        assertThat(device.operandsOf("factor")).containsExactly(Operands.F32);
        assertThat(device.operandsOf("pruneBlock")).containsExactly(Operands.F32);
    }

    @Test
    void productsOfBothModelsInputsAreStatisticsToo() throws Exception {
        NarrowingDevice device = new NarrowingDevice(Devices.open("cpu", 2), 2048);
        Method method =
                Jobs.method(MethodName.SPARSEGPT, "0.5", Propagation.SEQUENTIAL, 0, 1)
                        .withRefit(new Refit(Refit.Mode.TARGET, 0.5, 1, 0, 0));

        try (Jobs.Place place = Jobs.Place.on(device, folder.resolve("store"))) {
            new PlanRunner(place.place(), "j", request(method)).prune();
        }

        assertThat(device.operandsOf("addGramUpper")).containsExactly(Operands.F16);
        assertThat(device.operandsOf("transposedMultiply"))
                .containsExactly(Operands.F32, Operands.F16);
        assertThat(device.operandsOf("descend")).containsExactly(Operands.F32);
    }
}
