package io.sparsemesh.engine.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparsemesh.engine.cache.ModelCache;
import io.sparsemesh.engine.cache.OpenModel;
import io.sparsemesh.engine.corpus.TokenRows;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.device.RemoteDevice;
import io.sparsemesh.engine.device.TokenScores;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Perplexities of real models as the reference and PyTorch measured them.
class PerplexityTest {

    private static final Path SHARED = Path.of(System.getProperty("sparsemesh.shared"));
    private static final long ALL = Long.MAX_VALUE;

    private static Perplexity measure(
            Path model, Path ids, int windows, int threads, long blockMemory) {
        assumeTrue(Files.isDirectory(model), model + " is not there");
        return measure(Devices.open("cpu", threads), model, ids, windows, blockMemory);
    }

    /// @param opened closed at the end
    private static Perplexity measure(
            Device opened, Path model, Path ids, int windows, long blockMemory) {
        try (Device device = opened;
                ModelCache cache = new ModelCache(device, 1, blockMemory)) {
            OpenModel open = cache.open(model);
            TokenRows rows = open.tokens(ids, "test", "");
            List<int[]> some = rows.windows(256);
            return Perplexity.measure(
                    open.scorer(), some.subList(0, Math.min(windows, some.size())), () -> {});
        }
    }

    @ParameterizedTest
    @CsvSource({
        "models/stories260K, models/stories260K, 4.203655",
        "models/babyllama-105, models/babyllama-105, 2.206343",
        "demo-model/valley-opt, demo-model, 2.1790"
    })
    void denseModelsHaveTheirPerplexity(String model, String ids, double expected) {
        Perplexity found =
                measure(
                        SHARED.resolve(model),
                        SHARED.resolve(ids).resolve("ids.safetensors"),
                        Integer.MAX_VALUE,
                        2,
                        ALL);

        assertThat(found.value()).isCloseTo(expected, Percentage.withPercentage(0.01));
        assertThat(found.tokens()).isEqualTo(found.windows() * 255);
    }

    @Test
    void bitsDependNeitherOnThreadsNorOnMemory() {
        Path model = SHARED.resolve("models/stories260K");
        Path ids = model.resolve("ids.safetensors");

        Perplexity kept = measure(model, ids, 9, 1, ALL);

        assertThat(measure(model, ids, 9, 2, 0)).isEqualTo(kept);
    }

    @Test
    void bitsAreTheSameInMemoryThatTheHostCannotTouch() {
        Path model = SHARED.resolve("models/stories260K");
        Path ids = model.resolve("ids.safetensors");

        Perplexity expected = measure(model, ids, 3, 2, ALL);

        Device remote = new RemoteDevice(Devices.open("cpu", 2));
        assertThat(measure(remote, model, ids, 3, 0)).isEqualTo(expected);
    }

    @Test
    void sequencesOfAllLengthsKeepTheirOrder() {
        Path model = SHARED.resolve("models/stories260K");
        assumeTrue(Files.isDirectory(model), model + " is not there");
        List<ScoredSequence> sequences =
                List.of(
                        new ScoredSequence(new int[] {1, 80, 90, 100, 110}, 3),
                        new ScoredSequence(new int[] {1, 80}, 1),
                        new ScoredSequence(new int[] {1, 70, 60, 50, 40}, 1),
                        new ScoredSequence(new int[] {1, 80, 90, 100}, 1));
        try (Device device = Devices.open("cpu", 1);
                ModelCache cache = new ModelCache(device, 1, ALL)) {
            SequenceScorer scorer = cache.open(model).scorer();

            List<TokenScores> together = scorer.score(sequences, () -> {});

            assertThat(together).extracting(TokenScores::tokens).containsExactly(2, 1, 4, 3);
            for (int i = 0; i < sequences.size(); i++) {
                TokenScores alone = scorer.score(List.of(sequences.get(i)), () -> {}).getFirst();
                assertThat(together.get(i).logLikelihoods())
                        .containsExactly(alone.logLikelihoods(), within(1e-4));
                assertThat(together.get(i).greedy()).containsExactly(alone.greedy());
            }
            // The same prefix is scored alike in sequences of other lengths.
            assertThat(together.get(3).logLikelihoods()[2])
                    .isCloseTo(together.get(0).logLikelihoods()[0], within(1e-4));
        }
    }
}
