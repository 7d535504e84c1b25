package io.sparsemesh.engine.family;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.checkpoint.SafetensorsFile;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.TokenScores;
import io.sparsemesh.engine.device.Transfers;
import io.sparsemesh.engine.matrix.Matrix;
import io.sparsemesh.engine.model.Block;
import io.sparsemesh.engine.model.CausalLm;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/// Forward passes of [GoldenModels] on any device, beside what was recorded of them.
public final class GoldenModelsRun {

    /// Of a device that computes in F32. The reference in float32 is up to 1.8e-5 from itself in
    /// float64; a wrong epsilon or GELU is 7e-5 off.
    public static final double TOLERANCE = 5e-5;

    static final int LENGTH = 48;

    private GoldenModelsRun() {}

    /// Largest differences of a model's hidden states, logits and mean losses.
    public record Result(String model, double hidden, double logits, double nll) {

        public double worst() {
            return Math.max(hidden, Math.max(logits, nll));
        }

        @Override
        public String toString() {
            return "%-26s hidden %.1e  logits %.1e  nll %.1e".formatted(model, hidden, logits, nll);
        }
    }

    /// Runs models, prints how far they are from what was recorded, and requires all of them to be
    /// within the tolerance.
    ///
    /// @param kind name of the device
    /// @param device opens it; it is closed at the end
    public static List<Result> requireAgreement(
            String kind, Supplier<Device> device, List<Path> folders, double tolerance) {
        try (Device opened = device.get()) {
            List<Result> results = folders.stream().map(folder -> run(opened, folder)).toList();
            System.out.println(kind + ", largest difference from the reference");
            results.forEach(System.out::println);
            assertThat(results)
                    .isNotEmpty()
                    .allSatisfy(result -> assertThat(result.worst()).isLessThan(tolerance));
            return results;
        }
    }

    /// Runs one model on an open device.
    public static Result run(Device device, Path path) {
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
                Transfers.values(device, found), golden.tensor(expected).toFloats());
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
}
