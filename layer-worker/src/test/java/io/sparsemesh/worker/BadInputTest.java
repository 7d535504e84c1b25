package io.sparsemesh.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparsemesh.checkpoint.CheckpointException;
import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.checkpoint.ModelFolderWriter;
import io.sparsemesh.checkpoint.TensorSource;
import io.sparsemesh.contracts.artifact.ArtifactRef;
import io.sparsemesh.contracts.job.Calibration;
import io.sparsemesh.contracts.job.ExpertTokens;
import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.task.TaskOutput.Calibrated;
import io.sparsemesh.contracts.task.TaskOutput.Solved;
import io.sparsemesh.contracts.task.TaskWork;
import io.sparsemesh.engine.corpus.DataException;
import io.sparsemesh.engine.solver.NumericalException;
import io.sparsemesh.worker.tensor.TensorArtifacts;
import io.sparsemesh.worker.tensor.WeightBits;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Models and data that cannot be pruned are named.
class BadInputTest {

    private static final String V = "model.layers.0.self_attn.v_proj";

    @TempDir Path folder;
    private Jobs.Place place;

    @BeforeEach
    void openPlace() {
        place = Jobs.Place.open(1, folder.resolve("store"));
    }

    @AfterEach
    void closePlace() {
        place.close();
    }

    /// stories260K with all values of one tensor replaced.
    private Path modelWith(String tensor, float value) {
        Path target = folder.resolve("model");
        try (ModelFolder model = ModelFolder.open(Jobs.shared("models/stories260K"))) {
            float[] values = new float[(int) model.tensor(tensor).elements()];
            Arrays.fill(values, value);
            ModelFolderWriter.write(
                    model,
                    Map.of(
                            tensor,
                            TensorSource.converted(Dtype.F32, MemorySegment.ofArray(values))),
                    target,
                    ModelFolderWriter.IfExists.REFUSE);
        }
        return target;
    }

    private static Calibration calibration(int samples) {
        Path ids = Jobs.shared("models/stories260K/ids.safetensors");
        return Jobs.calibration(ids, samples, 256);
    }

    private PlanRunner job(Path model, MethodName name, Calibration calibration) {
        return new PlanRunner(
                place.place(),
                "j",
                Jobs.request(
                        model,
                        Jobs.method(name, "0.5", Propagation.SEQUENTIAL),
                        calibration,
                        folder.resolve("out")));
    }

    @Test
    void weightThatIsNotANumberIsNamedByBothMethods() {
        Path model = modelWith(V + ".weight", Float.NaN);

        assertThatThrownBy(() -> job(model, MethodName.MAGNITUDE, null).prune())
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(V)
                .hasMessageContaining("[0, 0]");
        assertThatThrownBy(() -> job(model, MethodName.SPARSEGPT, calibration(4)).prune())
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(V);
    }

    @Test
    void activationsThatOverflowAreNamedByBlockAndGroup() {
        Path model = modelWith(V + ".weight", 3e38f);

        assertThatThrownBy(() -> job(model, MethodName.SPARSEGPT, calibration(4)).prune())
                .isInstanceOf(NumericalException.class)
                .hasMessageContaining("block 0, attention-output")
                .hasMessageContaining("expected finite numbers");
    }

    @Test
    void tooFewSamplesAreCounted() {
        Path model = Jobs.shared("models/stories260K");

        assertThatThrownBy(() -> job(model, MethodName.SPARSEGPT, calibration(33)).prune())
                .isInstanceOf(DataException.class)
                .hasMessageContaining("expected at least 33 rows")
                .hasMessageContaining("found 32");
    }

    @Test
    void inputsThatAreNeverActiveArePrunedWhole() throws Exception {
        // Then o_proj sees zeros only: its Gram matrix is zero.
        Path model = modelWith(V + ".weight", 0);
        PlanRunner runner = job(model, MethodName.SPARSEGPT, calibration(4));

        runner.prune();

        assertThat(runner.layers())
                .filteredOn(l -> l.name().endsWith("layers.0.self_attn.o_proj"))
                .singleElement()
                .satisfies(
                        l -> {
                            assertThat(l.sparsity()).isEqualTo(1);
                            assertThat(l.relativeError()).isEqualTo(0);
                        });
    }

    @Test
    void zerosOfPrunedWeightsArePositive() throws Exception {
        Path model = Jobs.shared("golden/models/opt-f16");
        PlanRunner runner = job(model, MethodName.MAGNITUDE, null);

        runner.prune();

        Solved solved =
                (Solved)
                        runner.outputs.values().stream()
                                .filter(Solved.class::isInstance)
                                .findFirst()
                                .orElseThrow();
        try (TensorArtifacts weights =
                TensorArtifacts.open(place.place().store(), List.of(solved.weights()))) {
            weights.tensors()
                    .forEach(
                            (name, tensor) -> {
                                WeightBits bits = new WeightBits(tensor.dtype(), tensor.data());
                                assertThat(tensor.dtype()).isEqualTo(Dtype.F16);
                                assertThat(bits.zeros()).isPositive();
                                assertThat(bits.firstNegativeZero()).as(name).isEmpty();
                            });
        }
    }

    @Test
    void calibrationGoesOnFromStoredStates() throws Exception {
        // Given block 1 reached from the ids, and from the states that entered block 0
        Path model = Jobs.shared("models/stories260K");
        PlanRunner runner = job(model, MethodName.SPARSEGPT, calibration(8));
        Calibrated first = calibrate(runner, model, 0, 0, List.of());

        // When
        Calibrated atOnce = calibrate(runner, model, 0, 1, List.of());
        Calibrated later = calibrate(runner, model, 0, 1, List.of(first.hidden()));

        // Then
        assertThat(later.hidden().sha256()).isEqualTo(atOnce.hidden().sha256());
        assertThat(later.grams().get("mlp-input").sha256())
                .isEqualTo(atOnce.grams().get("mlp-input").sha256());
        assertThat(later.idsSha256()).isEqualTo(first.idsSha256());
        assertThat(later.sequences()).isEqualTo(4);
        assertThat(later.tokens()).isEqualTo(1024);
        assertThat(first.grams()).containsOnlyKeys("mlp-input");
    }

    private Calibrated calibrate(
            PlanRunner runner, Path model, int from, int block, List<ArtifactRef> hidden)
            throws Exception {
        TaskWork work =
                new TaskWork.Calibrate(
                        model.toUri().toString(),
                        calibration(8),
                        1,
                        2,
                        from,
                        block,
                        List.of("mlp-input"),
                        hidden,
                        List.of(),
                        ExpertTokens.DEFAULT,
                        false);
        return (Calibrated) runner.run(work, "calibrate-" + block + "-" + hidden.size(), 1);
    }
}
