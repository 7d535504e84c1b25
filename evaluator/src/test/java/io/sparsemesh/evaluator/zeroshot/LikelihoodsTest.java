package io.sparsemesh.evaluator.zeroshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.sparsemesh.contracts.job.Evaluation;
import io.sparsemesh.engine.cache.OpenModel;
import io.sparsemesh.engine.corpus.TextFile;
import io.sparsemesh.engine.device.TokenScores;
import io.sparsemesh.evaluator.Bench;
import io.sparsemesh.evaluator.TestData;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

/// Single requests: the token ids and likelihoods that PyTorch and transformers have for them
/// (`likelihoods.csv`, made by `src/test/python/make_reference.py`).
class LikelihoodsTest {

    private static Bench bench;

    @BeforeAll
    static void openBench() {
        bench = Bench.open();
    }

    @AfterAll
    static void closeBench() {
        bench.close();
    }

    @ParameterizedTest
    @CsvFileSource(resources = "/likelihoods.csv", numLinesToSkip = 1)
    void requestIsThatOfTransformers(
            String model,
            String suite,
            String path,
            int item,
            int request,
            int tokens,
            long ids,
            boolean greedy,
            double logLikelihood) {
        OpenModel open =
                bench.model(
                        model.equals("demo")
                                ? TestData.demoModel()
                                : TestData.shared("models/" + model));
        TextFile.Line line = TextFile.lines(TestData.fromRoot(path)).get(item);
        Request asked = format(suite).read(line).requests().get(request);

        EncodedRequest encoded = RequestEncoder.of(open).encode(line, asked);
        TokenScores scores = open.scorer().score(List.of(encoded.sequence()), () -> {}).getFirst();

        assertThat(crc(encoded.sequence().ids())).isEqualTo(ids);
        assertThat(scores.tokens()).isEqualTo(tokens);
        assertThat(Answer.of(List.of(scores)).greedy()).isEqualTo(greedy);
        assertThat(Arrays.stream(scores.logLikelihoods()).sum())
                .isCloseTo(logLikelihood, within(1e-3));
    }

    private static TaskFormat format(String suite) {
        String uri = Path.of("t.jsonl").toUri().toString();
        return TaskFormats.of(
                suite.equals("colours")
                        ? new Evaluation.ZeroShot(suite, uri, TestData.template(suite))
                        : new Evaluation.ZeroShot(suite, uri));
    }

    private static long crc(int[] ids) {
        CRC32 crc = new CRC32();
        String text =
                Arrays.stream(ids).mapToObj(Integer::toString).collect(Collectors.joining(","));
        crc.update(text.getBytes(StandardCharsets.UTF_8));
        return crc.getValue();
    }
}
