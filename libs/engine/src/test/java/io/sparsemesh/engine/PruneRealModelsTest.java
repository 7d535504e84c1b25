package io.sparsemesh.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.checkpoint.SafetensorsFile;
import io.sparsemesh.checkpoint.Tensor;
import io.sparsemesh.engine.calibration.BlockCalibration;
import io.sparsemesh.engine.calibration.GramAccumulator;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.device.TokenScores;
import io.sparsemesh.engine.family.Families;
import io.sparsemesh.engine.matrix.Matrix;
import io.sparsemesh.engine.model.Block;
import io.sparsemesh.engine.model.BlockDescription;
import io.sparsemesh.engine.model.CausalLm;
import io.sparsemesh.engine.model.InputGroup;
import io.sparsemesh.engine.model.LinearDescription;
import io.sparsemesh.engine.model.WeightOverrides;
import io.sparsemesh.engine.solver.MagnitudePruner;
import io.sparsemesh.engine.solver.SolverOptions;
import io.sparsemesh.engine.solver.SparseGptSolver;
import io.sparsemesh.engine.solver.Sparsity;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The engine alone, from a trained model's folder to its perplexity after pruning, beside the
/// reference implementation (`golden/e2e` of the shared data).
class PruneRealModelsTest {

    private static final Path SHARED =
            Path.of(System.getProperty("sparsemesh.shared", "../shared"));

    private static final int LENGTH = 256;
    private static final int SHARDS = 4;

    /// A run of the reference: what it was asked and the perplexity it found.
    private record Run(List<String> args, double perplexity) {

        boolean magnitude() {
            return args.contains("--gmp");
        }

        boolean dense() {
            return args.isEmpty();
        }

        int number(String option, int otherwise) {
            int at = args.indexOf(option);
            return at < 0 ? otherwise : Integer.parseInt(args.get(at + 1));
        }

        /// The reference counts zeros in a group, not what is kept.
        SolverOptions options() {
            int group = number("--prunem", 0);
            return SolverOptions.of(
                    group > 0
                            ? new Sparsity.NOutOfM(group - number("--prunen", 0), group)
                            : new Sparsity.Unstructured(
                                    Double.parseDouble(args.get(args.indexOf("--sparsity") + 1))));
        }

        /// Mask ties account for up to 0.3 % between two correct implementations.
        double tolerance() {
            return dense() || magnitude() ? 1e-4 : 1e-2;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"stories260K", "babyllama-105"})
    void perplexityAfterPruningIsTheReferences(String name) throws IOException {
        Path reference = SHARED.resolve("golden/e2e").resolve(name).resolve("reference.jsonl");
        assumeTrue(Files.isRegularFile(reference), () -> "no " + reference);
        Path model = SHARED.resolve("models").resolve(name);
        System.out.println(name + ": perplexity, the reference's in brackets");
        for (Run run : runs(reference)) {
            double found = prunedPerplexity(model, model.resolve("ids.safetensors"), run);
            System.out.printf("  %9.6f (%9.6f) %s%n", found, run.perplexity, run.args);
            assertThat(Math.abs(found / run.perplexity - 1))
                    .as("%s %s", name, run)
                    .isLessThan(run.tolerance());
        }
    }

    @ParameterizedTest
    @CsvSource({"2.1790, ''", "2.3030, --sparsity 0.7", "2.2007, --prunen 2 --prunem 4"})
    void theDemoModelIsPrunedAsItsCardSays(double perplexity, String args) {
        Path model = SHARED.resolve("demo-model/valley-opt");
        assumeTrue(Files.isDirectory(model), () -> "no " + model);
        Run run = new Run(args.isEmpty() ? List.of() : List.of(args.split(" ")), perplexity);

        double found = prunedPerplexity(model, SHARED.resolve("demo-model/ids.safetensors"), run);

        System.out.printf("valley-opt: %7.4f (%7.4f) %s%n", found, perplexity, run.args);
        assertThat(Math.abs(found / perplexity - 1)).isLessThan(run.dense() ? 1e-4 : 1e-2);
    }

    private static List<Run> runs(Path reference) throws IOException {
        List<Run> runs = new ArrayList<>();
        for (String line : Files.readAllLines(reference)) {
            JsonNode node = new JsonMapper().readTree(line);
            List<String> args = new ArrayList<>();
            node.get("args").forEach(arg -> args.add(arg.asText()));
            if (!args.contains("--wbits")) {
                runs.add(new Run(args, node.get("perplexity").asDouble()));
            }
        }
        return runs;
    }

    private static double prunedPerplexity(Path path, Path ids, Run run) {
        try (ModelFolder folder = ModelFolder.open(path);
                SafetensorsFile data = SafetensorsFile.open(ids);
                Device device = Devices.open("cpu", 2);
                CausalLm model = Families.open(folder, device);
                Arena arena = Arena.ofShared()) {
            Map<String, Matrix> pruned = new HashMap<>();
            if (!run.dense()) {
                prune(folder, device, model, ints(data.tensor("calib")), run, pruned, arena);
            }
            WeightOverrides overrides = WeightOverrides.ofMatrices(pruned);
            try (CausalLm after = Families.open(folder, device, overrides)) {
                return perplexity(after, ints(data.tensor("test")));
            }
        }
    }

    private static int[] ints(Tensor ids) {
        return Arrays.stream(ids.readLongs(0, (int) ids.elements()))
                .mapToInt(Math::toIntExact)
                .toArray();
    }

    private static void prune(
            ModelFolder folder,
            Device device,
            CausalLm model,
            int[] ids,
            Run run,
            Map<String, Matrix> pruned,
            Arena arena) {
        List<Matrix> shards = new ArrayList<>();
        int size = ids.length / SHARDS;
        for (int s = 0; s < SHARDS; s++) {
            int[] part = Arrays.copyOfRange(ids, s * size, (s + 1) * size);
            shards.add(model.embed(arena, part, LENGTH));
        }
        int first = run.number("--minlayer", 0);
        int end = run.number("--maxlayer", model.description().blocks().size());
        for (BlockDescription block : model.description().blocks()) {
            if (block.index() >= first && block.index() < end) {
                pruneBlock(folder, device, model, block, shards, run, pruned, arena);
            }
            try (Block after = model.loadBlock(block.index(), WeightOverrides.ofMatrices(pruned))) {
                shards.forEach(hidden -> after.forward(hidden, LENGTH));
            }
        }
    }

    private static void pruneBlock(
            ModelFolder folder,
            Device device,
            CausalLm model,
            BlockDescription block,
            List<Matrix> shards,
            Run run,
            Map<String, Matrix> pruned,
            Arena arena) {
        try (Arena scratch = Arena.ofShared();
                Block dense = model.loadBlock(block.index())) {
            List<Map<String, GramAccumulator>> sums = new ArrayList<>();
            for (Matrix hidden : shards) {
                Matrix copy = device.allocate(scratch, hidden.rows(), hidden.cols());
                copy.copyFrom(hidden);
                sums.add(BlockCalibration.run(device, dense, copy, LENGTH, g -> true, scratch));
            }
            for (InputGroup group : block.groups()) {
                List<Matrix> partials =
                        sums.stream().map(shard -> shard.get(group.name()).partial()).toList();
                Matrix h = device.allocate(scratch, group.inputs(), group.inputs());
                GramAccumulator.combine(
                        device,
                        partials,
                        shards.stream().mapToLong(Matrix::rows).sum() / LENGTH,
                        h);
                for (LinearDescription linear : group.linears()) {
                    Matrix w = Matrix.allocate(arena, linear.outputs(), linear.inputs());
                    folder.tensor(linear.tensor()).readF32(0, w.data());
                    prune(device, linear.name(), w, h, run);
                    pruned.put(linear.tensor(), w);
                }
            }
        }
    }

    private static void prune(Device device, String layer, Matrix w, Matrix h, Run run) {
        if (run.magnitude()) {
            MagnitudePruner.prune(device, layer, w, Optional.of(h), run.options());
        } else {
            SparseGptSolver.solve(device, layer, w, h, run.options());
        }
    }

    /// The exponential of the mean loss of windows that do not overlap.
    private static double perplexity(CausalLm model, int[] ids) {
        int tokens = ids.length / LENGTH * LENGTH;
        int[] targets =
                IntStream.range(0, tokens)
                        .map(i -> i % LENGTH == LENGTH - 1 ? CausalLm.NO_TARGET : ids[i + 1])
                        .toArray();
        TokenScores scores = model.score(Arrays.copyOf(ids, tokens), LENGTH, targets);
        double sum = Arrays.stream(scores.logLikelihoods()).sum();
        return Math.exp(-sum / (tokens - tokens / LENGTH));
    }
}
