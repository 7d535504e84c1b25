package io.sparsemesh.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.sparsemesh.artifacts.DirectoryArtifactStore;
import io.sparsemesh.artifacts.FileRoots;
import io.sparsemesh.artifacts.OutputBuckets;
import io.sparsemesh.checkpoint.BytesRead;
import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.checkpoint.SafetensorsWriter;
import io.sparsemesh.checkpoint.TensorSource;
import io.sparsemesh.contracts.artifact.FileDigest;
import io.sparsemesh.contracts.job.Allocation;
import io.sparsemesh.contracts.job.Evaluation;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.Method;
import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.Output;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.job.Quantization;
import io.sparsemesh.contracts.job.Refit;
import io.sparsemesh.contracts.job.TextSource;
import io.sparsemesh.contracts.plan.JobPlan;
import io.sparsemesh.contracts.plan.PlannedTask;
import io.sparsemesh.contracts.task.TaskKind;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.engine.cache.ModelCache;
import io.sparsemesh.engine.cache.OpenModel;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.scoring.Perplexity;
import io.sparsemesh.sources.ModelSources;
import io.sparsemesh.sources.SourceSettings;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Plans held to what their tasks do: how many there are, the bytes that they load and write, and
/// the matrices that they hold at a time.
class EstimateTest {

    private static final double PROMISED = 20;
    private static final Path DEMO = Path.of("../deploy/demo").toAbsolutePath().normalize();
    private static final Path MODELS =
            Path.of("../libs/engine/src/test/resources/golden/models").toAbsolutePath().normalize();
    private static final long SEED = 7;

    /// What a worker does of a job whose checkpoints have to be measured before one is kept.
    private static final Set<TaskKind> PRUNING =
            EnumSet.of(
                    TaskKind.CALIBRATE,
                    TaskKind.PROFILE,
                    TaskKind.ALLOCATE,
                    TaskKind.SOLVE,
                    TaskKind.ASSEMBLE);

    /// Half of what is promised, where routers have no say.
    private double percent = PROMISED / 2;

    @TempDir Path folder;

    /// What the tasks of a kind did.
    private record Measured(long tasks, long read, long written, long peak) {
        Measured plus(Measured other) {
            return new Measured(
                    tasks + other.tasks,
                    read + other.read,
                    written + other.written,
                    Math.max(peak, other.peak));
        }
    }

    private Path ids(String tensor, int vocabulary, int samples, int length) {
        ByteBuffer bytes =
                ByteBuffer.allocate(samples * length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        new Random(SEED).longs((long) samples * length, 0, vocabulary).forEach(bytes::putLong);
        Path file = folder.resolve("ids.safetensors");
        SafetensorsWriter.write(
                file,
                List.of(
                        new TensorSource(
                                tensor,
                                Dtype.I64,
                                List.of((long) samples, (long) length),
                                sink -> sink.write(MemorySegment.ofArray(bytes.array())))),
                Map.of());
        return file;
    }

    private void holds(Path model, Path ids, MethodName name, int samples, int length)
            throws Exception {
        holds(model, ids, Jobs.method(name, "0.5", Propagation.SEQUENTIAL), samples, length);
    }

    private void holds(Path model, Path ids, Method method, int samples, int length)
            throws Exception {
        JobRequest request =
                Jobs.request(
                        model,
                        method,
                        Jobs.calibration(ids, samples, length),
                        folder.resolve("out"));
        if (method.isAllocated()) {
            request = AllocationTest.measured(request, ids);
        }
        try (CountingDevice device = new CountingDevice(Devices.open("cpu", 2));
                ModelCache models = new ModelCache(device, 1, 0)) {
            Workplace place = place(device, models);
            PlanRunner runner = new PlanRunner(place, "job", request);
            String job = model.getFileName() + " " + method.name();
            compare(job, runner.plan(), measure(runner, device));
        }
    }

    private Map<TaskKind, Measured> measure(PlanRunner runner, CountingDevice device)
            throws Exception {
        Map<TaskKind, Measured> measured = new EnumMap<>(TaskKind.class);
        for (PlannedTask task : runner.plan().tasks()) {
            if (runner.request.method().isAllocated() && !PRUNING.contains(task.kind())) {
                continue;
            }
            long read = BytesRead.total();
            runner.run(task);
            measured.merge(
                    task.kind(),
                    new Measured(
                            1,
                            BytesRead.total() - read,
                            task.kind() == TaskKind.ASSEMBLE
                                    ? outputBytes(task, runner)
                                    : artifactBytes(task),
                            device.takePeak()),
                    Measured::plus);
        }
        return measured;
    }

    private static long outputBytes(PlannedTask assemble, PlanRunner runner) {
        return outputBytes((TaskOutput.Assembled) runner.outputs.get(assemble.id()));
    }

    private static long outputBytes(PlanRunner runner) {
        return outputBytes(runner.assembled());
    }

    private static long outputBytes(TaskOutput.Assembled assembled) {
        return assembled.files().stream()
                .filter(file -> file.name().endsWith(".safetensors"))
                .mapToLong(FileDigest::size)
                .sum();
    }

    private long artifactBytes(PlannedTask task) throws IOException {
        Path artifacts = folder.resolve("store/jobs/job/" + task.id());
        if (!Files.exists(artifacts)) {
            return 0;
        }
        try (Stream<Path> files = Files.walk(artifacts)) {
            return files.filter(Files::isRegularFile).mapToLong(EstimateTest::size).sum();
        }
    }

    private static long size(Path file) {
        return file.toFile().length();
    }

    /// A report's few kilobytes of JSON are not predicted.
    private void compare(String job, JobPlan plan, Map<TaskKind, Measured> measured) {
        measured.forEach(
                (kind, found) -> {
                    System.out.printf(
                            "%-24s %-9s %3d tasks, read %,d of %,d, written %,d of %,d, peak %,d of %,d%n",
                            job,
                            kind,
                            found.tasks,
                            found.read,
                            plan.read().get(kind),
                            found.written,
                            plan.written().get(kind),
                            found.peak,
                            plan.peakMemory().get(kind));
                    String what = job + " " + kind + " ";
                    close(what + "read", plan.read().get(kind), found.read);
                    close(what + "peak", plan.peakMemory().get(kind), found.peak);
                    if (kind != TaskKind.REPORT && kind != TaskKind.ALLOCATE) {
                        close(what + "written", plan.written().get(kind), found.written);
                    }
                });
        Measured all = measured.values().stream().reduce(Measured::plus).orElseThrow();
        long planned = plan.tasks().stream().filter(t -> measured.containsKey(t.kind())).count();
        assertThat(all.tasks).as(job).isEqualTo(planned);
        if (measured.containsKey(TaskKind.REPORT)) {
            assertThat(planned).as(job).isEqualTo(plan.tasks().size());
            close(job + " read", plan.bytesRead(), all.read);
            close(job + " written", plan.bytesWritten(), all.written);
        }
    }

    private void close(String what, long predicted, long found) {
        assertThat(predicted).as(what).isCloseTo(found, withinPercentage(percent));
    }

    @ParameterizedTest
    @CsvSource({
        "SPARSEGPT, BUDGET, DENSE",
        "SPARSEGPT, OWL, DENSE",
        "WANDA, BUDGET, SEQUENTIAL",
        "SPARSEGPT, BUDGET, TRUE_SEQUENTIAL"
    })
    void anAllocatedModel(MethodName name, Allocation allocation, Propagation propagation)
            throws Exception {
        percent = PROMISED;
        holds(
                DEMO.resolve("valley-opt"),
                DEMO.resolve("ids.safetensors"),
                Jobs.method(name, "0.5", propagation).withAllocation(allocation),
                32,
                256);
    }

    @ParameterizedTest
    @CsvSource({"TARGET, SEQUENTIAL", "TARGET, TRUE_SEQUENTIAL", "REFIT, SEQUENTIAL"})
    void aRefittedModel(Refit.Mode mode, Propagation propagation) throws Exception {
        percent = PROMISED;
        Refit refit = new Refit(mode, mode == Refit.Mode.TARGET ? 0.5 : 0, 2, 0, 1);
        holds(
                DEMO.resolve("valley-opt"),
                DEMO.resolve("ids.safetensors"),
                Jobs.method(MethodName.SPARSEGPT, "0.5", propagation).withRefit(refit),
                64,
                256);
    }

    /// How many tokens the busiest expert gets is the router's matter.
    @Test
    void aMixtureOfExperts() throws Exception {
        percent = PROMISED;
        Path model = MODELS.resolve("mixtral");
        holds(model, ids("calib", 59, 80, 48), MethodName.SPARSEGPT, 80, 48);
    }

    @ParameterizedTest
    @CsvSource({"pack-quantized, 0.5", "pack-quantized, 2:4", "sparse-bitmask, 0.7"})
    void anOutputOfEveryFormat(String format, String target) throws Exception {
        Method method =
                Jobs.method(MethodName.SPARSEGPT, target, Propagation.SEQUENTIAL)
                        .withQuantization(new Quantization(4, true, 64));
        JobRequest dense =
                Jobs.request(
                        DEMO.resolve("valley-opt"),
                        method,
                        Jobs.calibration(DEMO.resolve("ids.safetensors"), 8, 256),
                        folder.resolve("out"));
        JobRequest request =
                new JobRequest(
                        dense.modelUri(),
                        dense.revision(),
                        method,
                        dense.calibration(),
                        dense.evaluation(),
                        new Output(dense.output().uri(), format),
                        dense.onFallback(),
                        0,
                        Map.of());
        try (Jobs.Place place = Jobs.Place.open(2, folder.resolve("store"))) {
            PlanRunner runner = new PlanRunner(place.place(), "job", request);
            runner.prune();
            System.out.printf(
                    "%s %s: written %,d of %,d%n",
                    format, target, outputBytes(runner), runner.plan().outputBytes());
            close(format, runner.plan().outputBytes(), outputBytes(runner));
        }
    }

    /// Slices of as many tokens as are scored together, one after the other, measured as evaluators
    /// do that keep no blocks.
    private void holdsOfEvaluation(Path model, Path ids, int length) throws Exception {
        JobRequest request = measuring(model, ids, length);
        try (CountingDevice device = new CountingDevice(Devices.open("cpu", 2));
                ModelCache models = new ModelCache(device, 1, 0)) {
            Workplace place = place(device, models);
            JobPlan plan = new PlanRunner(place, "job", request).plan();
            long tasks = plan.tasks().stream().filter(t -> t.kind() == TaskKind.EVALUATE).count();
            OpenModel open = place.model(request.modelUri());
            List<int[]> windows = open.tokens(ids, "test", "").windows(length);
            device.takePeak();
            long before = BytesRead.total();
            Perplexity.measure(open.scorer(), windows, () -> {});
            long read = BytesRead.total() - before;
            Perplexity.measure(open.scorer(), windows, () -> {});
            long peak = device.takePeak();
            long predicted = plan.peakMemory().get(TaskKind.EVALUATE);
            long predictedRead = plan.read().get(TaskKind.EVALUATE) / tasks;
            System.out.printf(
                    "%-24s EVALUATE  read %,d of %,d, peak %,d of %,d%n",
                    model.getFileName(), read, predictedRead, peak, predicted);
            close("read", predictedRead, read);
            close("peak", predicted, peak);
        }
    }

    private JobRequest measuring(Path model, Path ids, int length) {
        Method method = Jobs.method(MethodName.MAGNITUDE, "0.5", Propagation.DENSE);
        JobRequest pruning = Jobs.request(model, method, null, folder.resolve("out"));
        TextSource source = new TextSource(ids.toUri().toString(), "test");
        Evaluation.Perplexity suite = new Evaluation.Perplexity("ids", source, "gptq", length);
        return new JobRequest(
                pruning.modelUri(),
                pruning.revision(),
                method,
                null,
                new Evaluation(false, List.of(suite), List.of()),
                pruning.output(),
                pruning.onFallback(),
                0,
                Map.of());
    }

    private Workplace place(CountingDevice device, ModelCache models) {
        return new Workplace(
                device,
                models,
                new DirectoryArtifactStore(folder.resolve("store")),
                new FileRoots(List.of()),
                new ModelSources(SourceSettings.none()),
                OutputBuckets.none());
    }

    @Test
    void evaluationOfTheDemoModel() throws Exception {
        holdsOfEvaluation(DEMO.resolve("valley-opt"), ids("test", 1500, 64, 256), 256);
    }

    @Test
    void evaluationOfATrainedLlama() throws Exception {
        Path model = Jobs.shared("models/babyllama-105");
        holdsOfEvaluation(model, ids("test", 100, 128, 128), 128);
    }

    @Test
    void evaluationOfAModelAsWideAsOpt125m() throws Exception {
        Path model = new RandomOpt(2, 768, 3072, 8192, 512).write(folder.resolve("opt"));
        holdsOfEvaluation(model, ids("test", 8192, 32, 512), 512);
    }

    @ParameterizedTest
    @EnumSource(MethodName.class)
    void theDemoModel(MethodName name) throws Exception {
        holds(DEMO.resolve("valley-opt"), DEMO.resolve("ids.safetensors"), name, 32, 256);
    }

    @Test
    void aTrainedLlama() throws Exception {
        Path model = Jobs.shared("models/babyllama-105");
        holds(model, model.resolve("ids.safetensors"), MethodName.SPARSEGPT, 16, 128);
    }

    @ParameterizedTest
    @EnumSource(
            value = MethodName.class,
            names = {"SPARSEGPT", "WANDA"})
    void aModelAsWideAsOpt125m(MethodName name) throws Exception {
        Path model = new RandomOpt(2, 768, 3072, 8192, 512).write(folder.resolve("opt"));
        holds(model, ids("calib", 8192, 12, 256), name, 12, 256);
    }
}
