package io.sparsemesh.engine.family;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.checkpoint.SafetensorsFile;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.device.TokenScores;
import io.sparsemesh.engine.matrix.Matrix;
import io.sparsemesh.engine.model.Block;
import io.sparsemesh.engine.model.CausalLm;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Hidden states, logits and losses of all families beside the reference's.
class GoldenModelsTest {

    /// The reference in float32 is up to 1.8e-5 from itself in float64; a wrong epsilon or GELU is
    /// 7e-5 off.
    private static final double TOLERANCE = 5e-5;

    private static final int LENGTH = 48;

    private record Result(String model, double hidden, double logits, double nll) {

        double worst() {
            return Math.max(hidden, Math.max(logits, nll));
        }

        @Override
        public String toString() {
            return "%-26s hidden %.1e  logits %.1e  nll %.1e".formatted(model, hidden, logits, nll);
        }
    }

    @Test
    void everyModelAgreesWithTheReferenceOnTheCpu() {
        assertAgree("cpu", GoldenModels.reference(), 32);
    }

    @Test
    void everyOptionAgreesWithTransformersOnTheCpu() {
        assertAgree("cpu", GoldenModels.own(), 18);
    }

    @Test
    void everyOptionAgreesWithTransformersOnTheNaiveDevice() {
        assertAgree("naive", GoldenModels.own(), 18);
    }

    private static void assertAgree(String device, List<Path> folders, int atLeast) {
        List<Result> results = run(device, folders);

        System.out.println(device + ", largest difference from the reference");
        results.forEach(System.out::println);
        assertThat(results)
                .hasSizeGreaterThanOrEqualTo(atLeast)
                .allSatisfy(result -> assertThat(result.worst()).isLessThan(TOLERANCE));
    }

    @Test
    void oneModelOfEachFamilyAgreesWithTheReferenceOnTheNaiveDevice() {
        List<String> chosen =
                List.of(
                        "bloom-noprefix-heads6",
                        "falcon-newarch",
                        "gemma",
                        "gpt2",
                        "gpt_neo",
                        "gpt_neox",
                        "gptj",
                        "llama-gqa-rope3",
                        "mistral-swa",
                        "opt",
                        "phi",
                        "phi3",
                        "qwen3-b",
                        "stablelm");
        List<Path> folders =
                GoldenModels.reference().stream()
                        .filter(folder -> chosen.contains(folder.getFileName().toString()))
                        .toList();

        List<Result> results = run("naive", folders);

        assertThat(results)
                .hasSize(chosen.size())
                .allSatisfy(result -> assertThat(result.worst()).isLessThan(TOLERANCE));
    }

    private static List<Result> run(String device, List<Path> folders) {
        try (Device opened = Devices.open(device, 2)) {
            return folders.stream().map(folder -> run(opened, folder)).toList();
        }
    }

    private static Result run(Device device, Path path) {
        try (ModelFolder folder = ModelFolder.open(path);
                SafetensorsFile golden = GoldenModels.golden(path);
                CausalLm model = Families.open(folder, device);
                Arena arena = Arena.ofShared()) {
            int[] ids = GoldenModels.ids(golden);
            Matrix hidden = model.embed(arena, ids, LENGTH);
            List<Double> differences = new ArrayList<>();
            if (golden.tensors().containsKey("hidden.embed")) { // not recorded for GPT-J
                differences.add(difference(device, hidden, golden, "hidden.embed"));
            }
            for (int b = 0; b < model.description().blocks().size(); b++) {
                try (Block block = model.loadBlock(b)) {
                    block.forward(hidden, LENGTH);
                }
                differences.add(difference(device, hidden, golden, "hidden." + b));
            }
            double logits = difference(device, model.logits(arena, hidden), golden, "logits");
            float[] nll = meanLoss(model.score(hidden, GoldenModels.nextTokens(ids, LENGTH)));
            return new Result(
                    path.getFileName().toString(),
                    differences.stream().mapToDouble(Double::doubleValue).max().orElseThrow(),
                    logits,
                    GoldenModels.largestDifference(nll, golden.tensor("nll").toFloats()));
        }
    }

    private static double difference(
            Device device, Matrix found, SafetensorsFile golden, String expected) {
        return GoldenModels.largestDifference(
                GoldenModels.download(device, found), golden.tensor(expected).toFloats());
    }

    private static float[] meanLoss(TokenScores scores) {
        float[] losses = new float[scores.tokens() / LENGTH];
        for (int s = 0; s < losses.length; s++) {
            int first = s * LENGTH;
            losses[s] =
                    (float)
                            -IntStream.range(first, first + LENGTH - 1)
                                    .mapToDouble(i -> scores.logLikelihoods()[i])
                                    .average()
                                    .orElseThrow();
        }
        return losses;
    }

    @Test
    void sameBitsForAnyNumberOfThreads() {
        for (Path path : GoldenModels.reference()) {
            List<float[]> logits = new ArrayList<>();
            for (int threads = 1; threads <= 3; threads++) {
                logits.add(logits(path, threads));
            }
            assertThat(logits.get(1)).as("%s, 2 threads", path).isEqualTo(logits.getFirst());
            assertThat(logits.get(2)).as("%s, 3 threads", path).isEqualTo(logits.getFirst());
        }
    }

    private static float[] logits(Path path, int threads) {
        try (Device device = Devices.open("cpu", threads);
                ModelFolder folder = ModelFolder.open(path);
                SafetensorsFile golden = GoldenModels.golden(path);
                CausalLm model = Families.open(folder, device);
                Arena arena = Arena.ofShared()) {
            Matrix hidden = model.embed(arena, GoldenModels.ids(golden), LENGTH);
            for (int b = 0; b < model.description().blocks().size(); b++) {
                try (Block block = model.loadBlock(b)) {
                    block.forward(hidden, LENGTH);
                }
            }
            return GoldenModels.download(device, model.logits(arena, hidden));
        }
    }
}
