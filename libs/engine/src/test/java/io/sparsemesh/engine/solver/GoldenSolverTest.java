package io.sparsemesh.engine.solver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparsemesh.engine.calibration.GramAccumulator;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.matrix.Matrix;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// What the reference implementation produced, case by case, with the tolerances of the golden
/// data's README. The Gram matrix is accumulated here from the same inputs.
class GoldenSolverTest {

    private record Case(String name, String meta, Tensors tensors) {

        static Case read(Path folder) {
            try {
                return new Case(
                        folder.getFileName().toString(),
                        Files.readString(folder.resolve("meta.json")),
                        Tensors.read(folder.resolve("case.safetensors")));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        double number(String key) {
            Matcher matcher = field(key, "([-+0-9.eE]+)");
            return matcher.find() ? Double.parseDouble(matcher.group(1)) : 0;
        }

        String text(String key) {
            Matcher matcher = field(key, "\"?(\\w+)\"?");
            assertThat(matcher.find()).as("meta.json of %s has %s", name, key).isTrue();
            return matcher.group(1);
        }

        private Matcher field(String key, String value) {
            return Pattern.compile("\"" + key + "\":\\s*" + value).matcher(meta);
        }

        boolean isCompensated() {
            return text("method").equals("sparsegpt");
        }

        SolverOptions options() {
            int zeros = (int) number("prunen");
            int group = (int) number("prunem");
            Sparsity sparsity =
                    zeros > 0
                            ? new Sparsity.NOutOfM(group - zeros, group)
                            : new Sparsity.Unstructured(number("sparsity"));
            return new SolverOptions(
                            sparsity,
                            (int) number("blocksize"),
                            number("percdamp"),
                            false,
                            Quantisation.NONE)
                    .withBits((int) number("wbits"));
        }

        /// Exact, but for kept weights that rounding may move to 0 or not.
        double zeroTolerance(long entries) {
            return number("wbits") == 16 ? 0 : Math.max(4, 2e-4 * entries);
        }

        double tolerance() {
            return switch (text("wdtype")) {
                case "float16" -> 1e-3;
                case "bfloat16" -> 8e-3;
                default -> number("cond_damped_H") > 15000 ? 5e-4 : 2e-5;
            };
        }
    }

    @TestFactory
    Stream<DynamicTest> everyCaseIsWithinItsTolerance() throws IOException {
        Path golden = Path.of(System.getProperty("sparsemesh.shared"), "golden", "solver");
        assumeTrue(Files.isDirectory(golden), () -> "no golden data at " + golden);
        List<Path> folders =
                names(Files.readString(golden.resolve("index.json"))).map(golden::resolve).toList();
        assertThat(folders).hasSizeGreaterThan(30);
        return Stream.of("cpu", "naive")
                .flatMap(
                        kind ->
                                folders.stream()
                                        .map(Case::read)
                                        .filter(c -> kind.equals("cpu") || isSmall(c))
                                        .map(
                                                c ->
                                                        DynamicTest.dynamicTest(
                                                                kind + " " + c.name(),
                                                                () -> check(kind, c))));
    }

    /// The cases that the index lists: each says its own name.
    private static Stream<String> names(String index) {
        return Pattern.compile("\"name\":\\s*\"([-\\w]+)\"")
                .matcher(index)
                .results()
                .map(found -> found.group(1));
    }

    private static boolean isSmall(Case golden) {
        return golden.number("cols") <= 256;
    }

    private static void check(String kind, Case golden) {
        try (Device device = Devices.open(kind, 2);
                Arena arena = Arena.ofShared()) {
            Tensors.Tensor x = golden.tensors().get("X");
            Matrix inputs = Matrix.of(arena, x.values(), x.rows(), x.cols());
            Matrix h = accumulate(device, arena, inputs, x.shape()[0]);
            if (golden.tensors().has("H")) {
                assertGram(h, golden.tensors().get("H"));
            }
            boolean conv1d = golden.text("conv1d").equals("true");
            Matrix before = weights(device, arena, golden.tensors().get("W"), conv1d);
            Matrix expected = weights(device, arena, golden.tensors().get("W_out"), conv1d);
            Matrix w = Matrix.allocate(arena, before.rows(), before.cols());
            w.copyFrom(before);

            LayerStats stats = prune(device, golden, w, h);

            round(golden.tensors().get("W").dtype(), w);
            compare(kind, golden, inputs, before, expected, w, stats);
        }
    }

    private static LayerStats prune(Device device, Case golden, Matrix w, Matrix h) {
        return switch (golden.text("method")) {
            case "magnitude", "gmp" ->
                    MagnitudePruner.prune(
                            device, golden.name(), w, Optional.of(h), golden.options());
            case "wanda" -> WandaPruner.prune(device, golden.name(), w, h, golden.options());
            case "sparsegpt" -> solve(device, golden, w, h);
            default -> throw new IllegalArgumentException(golden.text("method"));
        };
    }

    private static LayerStats solve(Device device, Case golden, Matrix w, Matrix h) {
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

    private static void assertGram(Matrix h, Tensors.Tensor expected) {
        double largest = 0;
        double difference = 0;
        for (int i = 0; i < expected.values().length; i++) {
            float found = h.get(i / h.cols(), i % h.cols());
            largest = Math.max(largest, Math.abs(expected.values()[i]));
            difference = Math.max(difference, Math.abs((double) found - expected.values()[i]));
        }
        assertThat(difference / largest).as("Gram matrix").isLessThanOrEqualTo(2e-6);
    }

    private static Matrix weights(
            Device device, Arena arena, Tensors.Tensor tensor, boolean transposed) {
        Matrix stored = Matrix.of(arena, tensor.values(), tensor.rows(), tensor.cols());
        if (!transposed) {
            return stored;
        }
        Matrix w = Matrix.allocate(arena, stored.cols(), stored.rows());
        device.pruning().transpose(stored, w);
        return w;
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
            Case golden,
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
