package io.sparsemesh.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.checkpoint.SafetensorsWriter;
import io.sparsemesh.checkpoint.TensorSource;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.Method;
import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.Output;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.job.Quantization;
import io.sparsemesh.engine.cache.OpenModel;
import io.sparsemesh.engine.matrix.Matrix;
import io.sparsemesh.engine.model.Block;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Output folders in the hands of transformers. Skipped unless `-Dsparsemesh.python=PYTHON` names
/// an interpreter with torch, safetensors and transformers.
class TransformersTest {

    private static final int LENGTH = 32;
    private static final Path SCRIPT = Path.of("src/test/python/check_output.py");

    @TempDir Path folder;

    @ParameterizedTest
    @CsvSource({
        "models/stories260K, dense, 4, false, 0",
        "models/stories260K, dense, 4, true, 32",
        "models/stories260K, pack-quantized, 4, true, 0",
        "models/stories260K, pack-quantized, 3, true, 0",
        "golden/models/opt-f16, pack-quantized, 8, true, 0",
        "golden/models/llama-bf16-sharded, pack-quantized, 4, true, 0",
        "models/stories260K, sparse-bitmask, 4, true, 32"
    })
    void logitsAreOurs(String name, String format, int bits, boolean symmetric, int groupSize)
            throws Exception {
        String python = System.getProperty("sparsemesh.python", "");
        assumeTrue(!python.isEmpty(), "no -Dsparsemesh.python=PYTHON with torch and transformers");
        Path model = Jobs.shared(name);
        Quantization quantization = new Quantization(bits, symmetric, groupSize);
        try (Jobs.Place place = Jobs.Place.open(2, folder.resolve("store"))) {
            new PlanRunner(place.place(), "j", request(model, quantization, format)).prune();

            writeLogits(place.models().open(folder.resolve("out")));

            assertThat(check(python)).isZero();
        }
    }

    private JobRequest request(Path model, Quantization quantization, String format) {
        Method method =
                Jobs.method(MethodName.SPARSEGPT, "0.5", Propagation.SEQUENTIAL)
                        .withQuantization(quantization);
        JobRequest request =
                Jobs.request(
                        model,
                        method,
                        Jobs.calibration(model.resolve("ids.safetensors"), 8, 48),
                        folder.resolve("out"));
        return new JobRequest(
                request.modelUri(),
                "main",
                method,
                request.calibration(),
                request.evaluation(),
                new Output(request.output().uri(), format),
                request.onFallback(),
                0,
                Map.of());
    }

    private void writeLogits(OpenModel model) {
        long vocabulary = model.description().vocabularySize();
        int[] ids = new Random(1).ints(2 * LENGTH, 0, (int) vocabulary).toArray();
        try (Arena arena = Arena.ofShared()) {
            Matrix hidden = model.model().embed(arena, ids, LENGTH);
            for (int b = 0; b < model.description().blocks().size(); b++) {
                try (Block block = model.model().loadBlock(b)) {
                    block.forward(hidden, LENGTH);
                }
            }
            float[] logits = model.model().logits(arena, hidden).toArray();
            long[] wide = java.util.Arrays.stream(ids).asLongStream().toArray();
            SafetensorsWriter.write(
                    folder.resolve("logits.safetensors"),
                    List.of(
                            new TensorSource(
                                    "ids",
                                    Dtype.I64,
                                    List.of(2L, (long) LENGTH),
                                    sink -> sink.write(MemorySegment.ofArray(wide))),
                            TensorSource.ofF32(
                                    "logits",
                                    Dtype.F32,
                                    List.of((long) ids.length, vocabulary),
                                    MemorySegment.ofArray(logits))),
                    Map.of());
        }
    }

    private int check(String python) throws Exception {
        Process process =
                new ProcessBuilder(
                                python,
                                SCRIPT.toString(),
                                folder.resolve("out").toString(),
                                folder.resolve("logits.safetensors").toString())
                        .redirectErrorStream(true)
                        .start();
        process.inputReader().lines().forEach(System.out::println);
        assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
        return process.exitValue();
    }
}
