package io.sparsemesh.evaluator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.sparsemesh.contracts.evaluation.Tally;
import io.sparsemesh.contracts.job.Evaluation;
import io.sparsemesh.contracts.job.TextSource;
import io.sparsemesh.contracts.task.TaskWork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.CsvSource;

/// Numbers that others have measured: PyTorch and transformers (`reference.csv`, made by
/// `src/test/python/make_reference.py`), and the reference implementation of the paper.
class ReferenceTest {

    private static Bench bench;

    @BeforeAll
    static void openBench() {
        bench = Bench.open();
    }

    @AfterAll
    static void closeBench() {
        bench.close();
    }

    private static Path model(String name) {
        return name.equals("demo") ? TestData.demoModel() : TestData.shared("models/" + name);
    }

    @ParameterizedTest
    @CsvFileSource(resources = "/reference.csv", numLinesToSkip = 1)
    void transformersCountsAndLikelihoodsAreMet(
            String model,
            String suite,
            String path,
            String kind,
            int slicesOrWindow,
            long items,
            long tokens,
            long correct,
            long correctNormed,
            double logLikelihood,
            double metric,
            double stderr,
            long words,
            long bytes,
            long truncated) {
        Path file = TestData.fromRoot(path);

        Tally found = bench.run(work(model(model), suite, file, kind, slicesOrWindow));

        assertThat(found)
                .usingRecursiveComparison()
                .ignoringFields("kind", "logLikelihood")
                .isEqualTo(
                        new Tally(
                                found.kind(),
                                items,
                                0,
                                tokens,
                                correct,
                                correctNormed,
                                words,
                                bytes,
                                truncated));
        assertThat(found.logLikelihood())
                .isCloseTo(logLikelihood, within(1e-5 * Math.abs(logLikelihood) + 1e-5));
        assertThat(found.metrics().get(METRICS.get(kind)))
                .isCloseTo(metric, Percentage.withPercentage(0.1));
        if (kind.equals("zero-shot")) {
            assertThat(found.metrics().get("acc_stderr")).isCloseTo(stderr, within(1e-6));
        }
    }

    private static final Map<String, String> METRICS =
            Map.of("zero-shot", "acc", "gptq", "perplexity", "lm-eval", "word_perplexity");

    private static TaskWork work(Path model, String suite, Path file, String kind, int number) {
        return switch (kind) {
            case "gptq" -> Bench.perplexity(model, Bench.suite(suite, file, number), 0, 1);
            case "lm-eval" -> Bench.perplexity(model, Bench.pages(suite, file, number), 0, 1);
            default -> Bench.zeroShot(model, zeroShot(suite, file), 0, number);
        };
    }

    private static Evaluation.ZeroShot zeroShot(String suite, Path file) {
        String uri = file.toUri().toString();
        return suite.equals("colours")
                ? new Evaluation.ZeroShot(suite, uri, TestData.template(suite))
                : new Evaluation.ZeroShot(suite, uri);
    }

    /// As the README of the demo says.
    @ParameterizedTest
    @CsvSource({
        "facts, acc, 0.906",
        "facts, acc_norm, 0.902",
        "choice, acc, 1.0",
        "cloze, acc, 0.998",
        "cloze, perplexity, 1.0047"
    })
    void demoIsAsItsReadmeSays(String suite, String metric, double expected) {
        Tally found =
                bench.run(
                        Bench.zeroShot(
                                TestData.demoModel(),
                                suite,
                                TestData.demo(suite + ".jsonl"),
                                0,
                                1));

        assertThat(found.items()).isEqualTo(500);
        assertThat(found.metrics().get(metric)).isCloseTo(expected, within(5e-5));
    }

    @Test
    void demoPerplexityIsAsItsReadmeSays() {
        Tally found = dense(TestData.demoModel(), TestData.demo("ids.safetensors"), 256);

        assertThat(found.metrics().get("perplexity")).isCloseTo(2.1790, within(5e-5));
        assertThat(found.items()).isEqualTo(47435 / 256);
    }

    private static Tally dense(Path model, Path ids, int length) {
        Evaluation.Perplexity suite =
                new Evaluation.Perplexity(
                        "wikitext2",
                        new TextSource(ids.toUri().toString(), "test"),
                        "gptq",
                        length);
        return bench.run(Bench.perplexity(model, suite, 0, 1));
    }

    @ParameterizedTest
    @CsvSource({"stories260K", "babyllama-105"})
    void trainedModelsHaveTheReferencesPerplexity(String name) throws IOException {
        String golden =
                Files.readAllLines(TestData.shared("golden/e2e/" + name + "/reference.jsonl"))
                        .getFirst();
        Path model = TestData.shared("models/" + name);

        Tally found = dense(model, model.resolve("ids.safetensors"), 256);

        assertThat(golden).contains("\"args\": []");
        assertPerplexity(found, golden);
    }

    @ParameterizedTest
    @CsvSource({
        "opt",
        "opt-f16",
        "opt-350m-style",
        "bloom",
        "llama",
        "llama-gqa",
        "llama-gqa-rope3",
        "llama-bf16-sharded",
        "mistral",
        "qwen2",
        "qwen3"
    })
    void randomModelsHaveTheReferencesPerplexity(String name) throws IOException {
        String golden =
                Files.readString(TestData.shared("golden/e2e/tiny/" + name + "__dense.json"));
        Path model = TestData.shared("golden/models/" + name);

        assertPerplexity(dense(model, model.resolve("ids.safetensors"), 48), golden);
    }

    private static void assertPerplexity(Tally found, String golden) {
        double expected =
                Double.parseDouble(golden.replaceAll("(?s).*\"perplexity\": ([^,]+),.*", "$1"));
        assertThat(found.metrics().get("perplexity"))
                .isCloseTo(expected, Percentage.withPercentage(0.01));
    }
}
