package io.sparsemesh.evaluator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparsemesh.artifacts.OutsideRootsException;
import io.sparsemesh.checkpoint.CheckpointException;
import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.checkpoint.SafetensorsWriter;
import io.sparsemesh.checkpoint.Tensor;
import io.sparsemesh.checkpoint.TensorSource;
import io.sparsemesh.contracts.artifact.ArtifactRef;
import io.sparsemesh.contracts.evaluation.Tally;
import io.sparsemesh.contracts.job.Evaluation;
import io.sparsemesh.contracts.job.Output;
import io.sparsemesh.contracts.task.TaskWork;
import io.sparsemesh.engine.corpus.DataException;
import io.sparsemesh.engine.solver.NumericalException;
import io.sparsemesh.taskqueue.TaskAbandonedException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EvaluationTasksTest {

    private static final String CHOICE =
            "{\"query\": \"The flag of Saigust is\", \"choices\": [\"blue\", \"white\"], \"gold\": 1}\n";
    private static final String LAST_WORD = "{\"text\": \"The flag of Saigust is white\"}\n";
    private static Bench bench;

    @TempDir Path folder;

    @BeforeAll
    static void openBench() {
        bench = Bench.open();
    }

    @AfterAll
    static void closeBench() {
        bench.close();
    }

    private Path file(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content);
    }

    private static Tally demo(Bench where, String suite, int slice, int slices) {
        return where.run(
                Bench.zeroShot(
                        TestData.demoModel(),
                        suite,
                        TestData.demo(suite + ".jsonl"),
                        slice,
                        slices));
    }

    private static Tally demoPerplexity(Bench where, int slice, int slices) {
        Evaluation.Perplexity suite = Bench.suite("demo", TestData.demo("cloze.jsonl"), 100);
        return where.run(Bench.perplexity(TestData.demoModel(), suite, slice, slices));
    }

    private static void assertSlicesAddUp(List<Tally> slices, Tally whole) {
        Tally sum = slices.stream().reduce(Tally.none(whole.kind()), Tally::plus);
        assertThat(sum).usingRecursiveComparison().ignoringFields("logLikelihood").isEqualTo(whole);
        assertThat(sum.logLikelihood())
                .isCloseTo(whole.logLikelihood(), Percentage.withPercentage(1e-3));
        assertThat(slices).allMatch(slice -> slice.items() > 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"facts", "choice", "cloze"})
    void slicesOfQuestionsAddUpToTheWhole(String suite) {
        assertSlicesAddUp(
                IntStream.range(0, 7).mapToObj(i -> demo(bench, suite, i, 7)).toList(),
                demo(bench, suite, 0, 1));
    }

    @Test
    void slicesOfWindowsAddUpToTheWhole() {
        assertSlicesAddUp(
                IntStream.range(0, 4).mapToObj(i -> demoPerplexity(bench, i, 4)).toList(),
                demoPerplexity(bench, 0, 1));
    }

    @Test
    void slicesOfRollingWindowsAddUpToTheWhole() {
        assertSlicesAddUp(IntStream.range(0, 4).mapToObj(i -> pages(i, 4)).toList(), pages(0, 1));
    }

    private static Tally pages(int slice, int slices) {
        Evaluation.Perplexity suite = Bench.pages("pages", TestData.own("pages.jsonl"), 16);
        return bench.run(Bench.perplexity(TestData.demoModel(), suite, slice, slices));
    }

    /// Other threads, blocks read again for every chunk, and nothing or something else done before.
    @Test
    void sliceHasTheSameBitsWhoeverMeasuresIt() {
        Tally words = demo(bench, "cloze", 1, 4);
        Tally windows = demoPerplexity(bench, 2, 4);
        try (Bench other = new Bench(1, 0, List.of())) {
            assertThat(demo(other, "cloze", 1, 4)).isEqualTo(words);
            assertThat(demoPerplexity(other, 2, 4)).isEqualTo(windows);
        }
    }

    @Test
    void emptySliceHasAnEmptyTally() throws IOException {
        Path choices = file("c.jsonl", CHOICE + CHOICE);
        Path words = file("w.jsonl", LAST_WORD + LAST_WORD);
        Path text = file("t.txt", "The flag of Saigust is white. ".repeat(4));

        assertThat(bench.run(Bench.zeroShot(TestData.demoModel(), "own", choices, 0, 4)))
                .isEqualTo(Tally.none(Tally.Kind.CHOICE));
        assertThat(bench.run(Bench.zeroShot(TestData.demoModel(), "own", words, 2, 4)))
                .isEqualTo(Tally.none(Tally.Kind.LAST_WORD));
        assertThat(
                        bench.run(
                                Bench.perplexity(
                                        TestData.demoModel(), Bench.suite("own", text, 20), 0, 9)))
                .isEqualTo(Tally.none(Tally.Kind.PERPLEXITY));
    }

    private ThrowingCallable measure(String name, String suite, String content) throws IOException {
        Path file = file(name, content);
        return () -> bench.run(Bench.zeroShot(TestData.demoModel(), suite, file, 3, 4));
    }

    @Test
    void fileWithoutQuestionsIsRefused() throws IOException {
        assertThatThrownBy(measure("none.jsonl", "own", "\n \n"))
                .isInstanceOf(DataException.class)
                .hasMessage("[none.jsonl] expected at least one question, found none");
    }

    @Test
    void questionsOfTwoKindsAreRefused() throws IOException {
        assertThatThrownBy(measure("mixed.jsonl", "own", CHOICE + "\n" + LAST_WORD))
                .isInstanceOf(DataException.class)
                .hasMessage(
                        "[mixed.jsonl] line 3: expected a question of the kind CHOICE as in line"
                                + " 1, found LAST_WORD");
    }

    @Test
    void everySliceNamesALineThatCannotBeUsed() throws IOException {
        assertThatThrownBy(measure("bad.jsonl", "own", CHOICE + "{\n" + CHOICE.repeat(6)))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith("[bad.jsonl] line 2: not JSON: ");
    }

    @Test
    void rollingWindowsNeedAText() throws IOException {
        Path empty = file("empty.jsonl", "{\"body\": \"\"}\n");
        Evaluation.Perplexity suite = Bench.pages("own", empty, 16);

        assertThatThrownBy(() -> bench.run(Bench.perplexity(TestData.demoModel(), suite, 0, 4)))
                .isInstanceOf(DataException.class)
                .hasMessage("[empty.jsonl] expected at least one text, found none");
    }

    private static ThrowingCallable windows(Path file, int length) {
        return () ->
                bench.run(
                        Bench.perplexity(
                                TestData.demoModel(), Bench.suite("own", file, length), 0, 4));
    }

    @Test
    void textShorterThanAWindowIsRefused() throws IOException {
        assertThatThrownBy(windows(file("short.txt", "white"), 200))
                .isInstanceOf(DataException.class)
                .hasMessage(
                        "[short.txt] expected at least one window of 200 tokens, found 4 tokens");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 257})
    void windowsThatCannotBeMeasuredAreRefused(int length) {
        assertThatThrownBy(windows(TestData.demo("test.txt"), length))
                .isInstanceOf(DataException.class)
                .hasMessage(
                        "[test.txt] windows: expected 2 to 256 tokens, the model's positions,"
                                + " found %d",
                        length);
    }

    @Test
    void otherProtocolIsRefused() {
        Evaluation.Perplexity suite = Bench.suite("own", TestData.demo("test.txt"), 256);
        Evaluation.Perplexity rolling =
                new Evaluation.Perplexity("own", suite.source(), "rolling", 256);

        assertThatThrownBy(() -> bench.run(Bench.perplexity(TestData.demoModel(), rolling, 0, 1)))
                .isInstanceOf(DataException.class)
                .hasMessage("[test.txt] protocol: expected gptq or lm-eval, found 'rolling'");
    }

    /// The demo's folder without one of its files.
    private Path demoModelWithout(String file) throws IOException {
        Path target = Files.createDirectory(folder.resolve("model"));
        try (Stream<Path> files = Files.list(TestData.demoModel())) {
            for (Path source : (Iterable<Path>) files::iterator) {
                if (!source.endsWith(file)) {
                    Files.copy(source, target.resolve(source.getFileName()));
                }
            }
        }
        return target;
    }

    /// The demo's model in F32, its last norm scaled until the logits overflow.
    private Path overflowingModel() throws IOException {
        Path target = demoModelWithout("model.safetensors");
        try (ModelFolder demo = ModelFolder.open(TestData.demoModel())) {
            List<TensorSource> tensors =
                    demo.tensors().keySet().stream()
                            .map(name -> scaled(demo.tensor(name)))
                            .toList();
            SafetensorsWriter.write(
                    target.resolve("model.safetensors"), tensors, Map.of("format", "pt"));
        }
        return target;
    }

    private static TensorSource scaled(Tensor tensor) {
        float[] values = tensor.toFloats();
        if (tensor.name().equals("model.decoder.final_layer_norm.weight")) {
            Arrays.fill(values, 3e38f);
        }
        return TensorSource.ofF32(
                tensor.name(), Dtype.F32, tensor.shape(), MemorySegment.ofArray(values));
    }

    @Test
    void modelWithoutTokenizerIsMeasuredOnTokenIdsOnly() throws IOException {
        Path model = demoModelWithout("tokenizer.json");
        Path ids = TestData.demo("ids.safetensors");

        assertThatThrownBy(
                        () ->
                                bench.run(
                                        Bench.zeroShot(
                                                model,
                                                "facts",
                                                TestData.demo("facts.jsonl"),
                                                0,
                                                4)))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("expected a tokenizer, tokenizer.json or vocab.json")
                .hasMessageContaining("found none");
        assertThat(bench.run(Bench.perplexity(model, Bench.suite("ids", ids, 256), 0, 50)).items())
                .isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void lossThatIsNotFiniteNamesTheSuite(boolean zeroShot) throws IOException {
        Path model = overflowingModel();
        TaskWork work =
                zeroShot
                        ? Bench.zeroShot(model, "facts", TestData.demo("facts.jsonl"), 0, 100)
                        : Bench.perplexity(
                                model,
                                Bench.suite("valley", TestData.demo("test.txt"), 256),
                                0,
                                100);

        assertThatThrownBy(() -> bench.run(work))
                .isInstanceOf(NumericalException.class)
                .hasMessageContaining(zeroShot ? "[suite facts] line 1" : "[suite valley] windows")
                .hasMessageContaining("expected a finite log-likelihood, found ");
    }

    /// The demo's model in F32, half of the first weights of some blocks zero.
    private Path prunedModel(String name, int blocks) throws IOException {
        Path target = folder.resolve(name);
        try (ModelFolder demo = ModelFolder.open(TestData.demoModel())) {
            Files.createDirectory(target);
            Files.copy(TestData.demoModel().resolve("config.json"), target.resolve("config.json"));
            SafetensorsWriter.write(
                    target.resolve("model.safetensors"),
                    demo.tensors().keySet().stream()
                            .map(tensor -> pruned(demo.tensor(tensor), blocks))
                            .toList(),
                    Map.of("format", "pt"));
        }
        return target;
    }

    private static TensorSource pruned(Tensor tensor, int blocks) {
        float[] values = tensor.toFloats();
        boolean inFirst =
                IntStream.range(0, blocks)
                        .anyMatch(
                                b -> tensor.name().contains(".layers.%d.fc1.weight".formatted(b)));
        if (inFirst) {
            Arrays.fill(values, 0, values.length / 2, 0);
        }
        return TensorSource.ofF32(
                tensor.name(), Dtype.F32, tensor.shape(), MemorySegment.ofArray(values));
    }

    private static Tally mixed(Path first, int blocks, Evaluation.Perplexity suite, int slices) {
        return bench.run(
                new TaskWork.Evaluate(
                        "pruned-b000",
                        TestData.demoModel().toUri().toString(),
                        List.of(suite),
                        List.of(),
                        0,
                        slices,
                        new TaskWork.FirstBlocks(first.toUri().toString(), blocks)));
    }

    @Test
    void modelThatIsPrunedSoFarIsMeasuredAsOneWrittenSo() throws IOException {
        // Given
        Path pruned = prunedModel("all", 4);
        Evaluation.Perplexity windows = Bench.suite("demo", TestData.demo("ids.safetensors"), 128);
        Evaluation.Perplexity pages = Bench.pages("pages", TestData.own("pages.jsonl"), 64);
        Tally last = null;
        for (int blocks = 0; blocks <= 4; blocks++) {
            Path written = prunedModel("written-" + blocks, blocks);

            // When
            Tally found = mixed(pruned, blocks, windows, 20);

            // Then
            assertThat(found).isEqualTo(bench.run(Bench.perplexity(written, windows, 0, 20)));
            assertThat(found).isNotEqualTo(last);
            last = found;
        }
        assertThat(mixed(pruned, 2, pages, 1)).isNotEqualTo(mixed(pruned, 3, pages, 1));
    }

    @Test
    void weightThatThePrunedBlocksLackIsNamed() throws IOException {
        Path other = TestData.shared("models/stories260K");
        Evaluation.Perplexity suite = Bench.suite("demo", TestData.demo("ids.safetensors"), 128);

        assertThatThrownBy(() -> mixed(other, 1, suite, 20))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("model.decoder.layers.0.")
                .hasMessageContaining(
                        "expected the weight of a pruned block as it is in the dense model, found none");
    }

    @Test
    void abandonedTaskStopsBetweenChunks() {
        AtomicInteger asked = new AtomicInteger();
        Evaluation.Perplexity suite = Bench.suite("demo", TestData.demo("test.txt"), 256);

        assertThatThrownBy(
                        () ->
                                bench.run(
                                        Bench.perplexity(TestData.demoModel(), suite, 0, 1),
                                        () -> asked.incrementAndGet() == 2))
                .isInstanceOf(TaskAbandonedException.class);

        assertThat(asked).hasValue(2);
    }

    @Test
    void filesOutsideTheRootsAreNotRead() throws IOException {
        Path questions = file("c.jsonl", CHOICE);
        try (Bench strict = new Bench(1, 0, List.of(TestData.demo("")))) {
            assertThatThrownBy(
                            () ->
                                    strict.run(
                                            Bench.zeroShot(
                                                    TestData.demoModel(), "own", questions, 0, 1)))
                    .isInstanceOf(OutsideRootsException.class)
                    .hasMessageContaining("c.jsonl");
        }
    }

    @Test
    void otherWorkIsRefused() {
        TaskWork report =
                new TaskWork.Report(new Output("file:///o", "dense"), new ArtifactRef("k", 1, "0"));
        TaskWork nothing = new TaskWork.Evaluate("dense", "file:///m", List.of(), List.of(), 0, 1);

        assertThatThrownBy(() -> bench.run(report))
                .hasMessage("expected a task of an evaluator, found REPORT");
        assertThatThrownBy(() -> bench.run(nothing))
                .hasMessage("expected one suite, found 0 of perplexity and 0 of zero-shot");
    }
}
