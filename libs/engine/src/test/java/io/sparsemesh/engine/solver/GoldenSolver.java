package io.sparsemesh.engine.solver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparsemesh.engine.calibration.GramAccumulator;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Transfers;
import io.sparsemesh.engine.matrix.Matrix;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/// What the reference implementation produced, case by case, with the tolerances of the golden
/// data's README, on any device. The Gram matrix is accumulated here from the same inputs.
public final class GoldenSolver {

    private GoldenSolver() {}

    /// A test for each case; skips them all where the shared data is not there.
    ///
    /// @param kind name of the device in those of the tests
    /// @param device opens the device of one case, which closes it
    /// @param which the cases to run
    public static Stream<DynamicTest> cases(
            String kind, Supplier<Device> device, Predicate<GoldenCase> which) {
        List<GoldenCase> chosen = all().stream().filter(which).toList();
        assertThat(chosen).as("chosen cases").isNotEmpty();
        return chosen.stream()
                .map(
                        golden ->
                                DynamicTest.dynamicTest(
                                        kind + " " + golden.name(),
                                        () -> check(kind, device, golden)));
    }

    private static List<GoldenCase> all() {
        Path golden =
                Path.of(System.getProperty("sparsemesh.shared", "../shared"), "golden", "solver");
        assumeTrue(Files.isDirectory(golden), () -> "no golden data at " + golden);
        List<GoldenCase> cases =
                names(golden.resolve("index.json"))
                        .map(golden::resolve)
                        .map(GoldenCase::read)
                        .toList();
        assertThat(cases).as("cases in the index").isNotEmpty().hasSize(folders(golden));
        return cases;
    }

    /// How many cases lie there, be it all of them or the few of a bundle.
    private static int folders(Path golden) {
        try (Stream<Path> files = Files.list(golden)) {
            return (int) files.filter(Files::isDirectory).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The cases that the index lists: each says its own name.
    private static Stream<String> names(Path index) {
        try {
            return Pattern.compile("\"name\":\\s*\"([-\\w]+)\"")
                    .matcher(Files.readString(index))
                    .results()
                    .map(found -> found.group(1));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void check(String kind, Supplier<Device> opener, GoldenCase golden) {
        try (Device device = opener.get();
                Arena arena = Arena.ofShared()) {
            Tensors.Tensor x = golden.tensors().get("X");
            Matrix inputs = Matrix.of(arena, x.values(), x.rows(), x.cols());
            Matrix h =
                    accumulate(
                            device, arena, Transfers.toDevice(device, arena, inputs), x.shape()[0]);
            if (golden.tensors().has("H")) {
                assertGram(Transfers.values(device, h), golden.tensors().get("H"));
            }
            boolean conv1d = golden.text("conv1d").equals("true");
            Matrix before = weights(device, arena, golden.tensors().get("W"), conv1d);
            Matrix expected = weights(device, arena, golden.tensors().get("W_out"), conv1d);
            Matrix pruned = Transfers.toDevice(device, arena, before);

            LayerStats stats = prune(device, golden, pruned, h);

            Matrix w = Transfers.toHost(device, arena, pruned);
            round(golden.tensors().get("W").dtype(), w);
            compare(kind, golden, inputs, before, expected, w, stats);
        }
    }

    private static LayerStats prune(Device device, GoldenCase golden, Matrix w, Matrix h) {
        return switch (golden.text("method")) {
            case "magnitude", "gmp" ->
                    MagnitudePruner.prune(
                            device, golden.name(), w, Optional.of(h), golden.options());
            case "wanda" -> WandaPruner.prune(device, golden.name(), w, h, golden.options());
            case "sparsegpt" -> solve(device, golden, w, h);
            default -> throw new IllegalArgumentException(golden.text("method"));
        };
    }

    private static LayerStats solve(Device device, GoldenCase golden, Matrix w, Matrix h) {
        SolveResult result = SparseGptSolver.solve(device, golden.name(), w, h, golden.options());
        assertThat(result.factor().isFallback()).isFalse();
        double loss = golden.number("printed_error");
        assertThat(result.stats().loss()).isBetween(loss * 0.999, loss * 1.001);
        return result.stats();
    }

    /// Two shards, so that partial sums are part of what is compared.
    private static Matrix accumulate(Device device, Arena arena, Matrix x, long sequences) {
        long n = x.cols();
        long split = sequences / 2 * (x.rows() / sequences);
        List<Matrix> partials = new ArrayList<>();
        for (Matrix shard : List.of(x.rows(0, split), x.rows(split, x.rows()))) {
            GramAccumulator gram = new GramAccumulator(device, device.allocate(arena, n, n));
            gram.add(shard, Math.max(sequences / 2, 1));
            partials.add(gram.partial());
        }
        Matrix h = device.allocate(arena, n, n);
        GramAccumulator.combine(device, partials, sequences, h);
        return h;
    }

    private static void assertGram(float[] h, Tensors.Tensor expected) {
        double largest = 0;
        double difference = 0;
        for (int i = 0; i < expected.values().length; i++) {
            largest = Math.max(largest, Math.abs(expected.values()[i]));
            difference = Math.max(difference, Math.abs((double) h[i] - expected.values()[i]));
        }
        assertThat(difference / largest).as("Gram matrix").isLessThanOrEqualTo(2e-6);
    }

    /// `[outputs x inputs]` in host memory.
    private static Matrix weights(
            Device device, Arena arena, Tensors.Tensor tensor, boolean transposed) {
        Matrix stored = Matrix.of(arena, tensor.values(), tensor.rows(), tensor.cols());
        if (!transposed) {
            return stored;
        }
        Matrix w = device.allocate(arena, stored.cols(), stored.rows());
        device.pruning().transpose(Transfers.toDevice(device, arena, stored), w);
        return Transfers.toHost(device, arena, w);
    }

    private static void round(String dtype, Matrix w) {
        for (long r = 0; r < w.rows(); r++) {
            for (long c = 0; c < w.cols(); c++) {
                w.set(r, c, Tensors.rounded(dtype, w.get(r, c)));
            }
        }
    }

    private static void compare(
            String kind,
            GoldenCase golden,
            Matrix x,
            Matrix before,
            Matrix expected,
            Matrix found,
            LayerStats stats) {
        Differences d = Differences.between(expected, found);
        double error = relativeError(x, before, found);
        double expectedError = relativeError(x, before, expected);
        long entries = found.rows() * found.cols();
        double tolerance = golden.tolerance();
        boolean ok =
                (d.flips() <= Math.max(4, 2e-4 * entries))
                        && d.largest() <= tolerance
                        && Math.abs(d.zeros() - d.expectedZeros()) <= golden.zeroTolerance(entries)
                        && Math.abs(error - expectedError) <= 1e-3 * expectedError
                        && (golden.isCompensated() || d.flips() == 0 && d.largest() == 0);
        System.out.printf(
                "%-6s %-16s flips %d/%d  max dW %.1e (limit %.0e)  zeros %d/%d  error %.6g/%.6g  %s%n",
                kind,
                golden.name(),
                d.flips(),
                entries,
                d.largest(),
                tolerance,
                d.zeros(),
                d.expectedZeros(),
                error,
                expectedError,
                ok ? "ok" : "FAIL");
        assertThat(ok).as("%s: see the line above", golden.name()).isTrue();
        assertThat(d.negativeZeros()).as("negative zeros").isZero();
        assertThat(stats.relativeOutputError().orElseThrow())
                .as("reported output error")
                .isBetween(expectedError * 0.998, expectedError * 1.002);
    }

    /// `|X W^T - X Q^T|^2 / |X W^T|^2`.
    private static double relativeError(Matrix x, Matrix w, Matrix q) {
        double lost = 0;
        double whole = 0;
        float[] inputs = x.toArray();
        float[] dense = w.toArray();
        float[] pruned = q.toArray();
        int n = (int) x.cols();
        for (int t = 0; t < x.rows(); t++) {
            for (int r = 0; r < w.rows(); r++) {
                double y = 0;
                double z = 0;
                for (int c = 0; c < n; c++) {
                    y += (double) inputs[t * n + c] * dense[r * n + c];
                    z += (double) inputs[t * n + c] * pruned[r * n + c];
                }
                lost += (y - z) * (y - z);
                whole += y * y;
            }
        }
        return lost / whole;
    }

    /// @param largest largest difference, relative to the largest weight, in rows without a flip
    private record Differences(
            long flips, double largest, long zeros, long expectedZeros, long negativeZeros) {

        static Differences between(Matrix expected, Matrix found) {
            long flips = 0;
            long zeros = 0;
            long expectedZeros = 0;
            long negative = 0;
            double scale = 0;
            double largest = 0;
            for (long r = 0; r < expected.rows(); r++) {
                long flipsOfRow = 0;
                double largestOfRow = 0;
                for (long c = 0; c < expected.cols(); c++) {
                    float a = expected.get(r, c);
                    float b = found.get(r, c);
                    flipsOfRow += (a == 0) != (b == 0) ? 1 : 0;
                    zeros += b == 0 ? 1 : 0;
                    expectedZeros += a == 0 ? 1 : 0;
                    negative += Float.floatToRawIntBits(b) == 0x80000000 ? 1 : 0;
                    scale = Math.max(scale, Math.abs(a));
                    largestOfRow = Math.max(largestOfRow, Math.abs((double) a - b));
                }
                flips += flipsOfRow;
                largest = flipsOfRow == 0 ? Math.max(largest, largestOfRow) : largest;
            }
            return new Differences(flips, largest / scale, zeros, expectedZeros, negative);
        }
    }
}
