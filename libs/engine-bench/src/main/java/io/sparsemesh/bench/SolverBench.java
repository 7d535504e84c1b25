package io.sparsemesh.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.engine.calibration.GramAccumulator;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.device.Operands;
import io.sparsemesh.engine.matrix.Matrix;
import io.sparsemesh.engine.solver.GramFactor;
import io.sparsemesh.engine.solver.SolveResult;
import io.sparsemesh.engine.solver.SolverOptions;
import io.sparsemesh.engine.solver.SparseGptSolver;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// One layer: Gram matrix and solve, medians of several runs.
@Command(
        name = "solver",
        description = "Times the Gram matrix and the solve of one random layer.",
        mixinStandardHelpOptions = true)
final class SolverBench implements Callable<Integer> {

    private static final String NAME = "solver";

    @Spec private CommandSpec spec;

    @Option(names = "--rows", defaultValue = "2048", description = "outputs of the layer")
    private long rows;

    @Option(names = "--cols", defaultValue = "2048", description = "inputs of the layer")
    private long cols;

    @Option(names = "--tokens", defaultValue = "4096", description = "calibration tokens")
    private long tokens;

    @Option(names = "--pattern", defaultValue = "0.5", description = "sparsity, or n:m")
    private String pattern;

    @Option(
            names = "--bits",
            defaultValue = "16",
            description = "of the kept weights, rounded in the same pass: 2 to 8, or 16 for none")
    private int bits;

    @Option(names = "--threads", defaultValue = "2", description = "of the device")
    private int threads;

    @Option(names = "--repeat", defaultValue = "5", description = "runs that count")
    private int repeat;

    @Option(
            names = "--warm-up",
            defaultValue = "5",
            paramLabel = "SECONDS",
            description =
                    "of runs that do not count, once for each stage, so that Java's compiler is done")
    private double warmUp;

    @Option(names = "--device", defaultValue = "cpu", description = "kind of the device")
    private String kind;

    @Option(
            names = "--operands",
            defaultValue = "F32",
            description = "of the Gram matrix's products: ${COMPLETION-CANDIDATES}")
    private Operands operands;

    @Option(
            names = "--peak-size",
            defaultValue = "4096",
            description = "side of the matrix product whose rate is the peak")
    private long peakSize;

    @Option(
            names = "--baseline",
            paramLabel = "SCRIPT",
            description = "run this script with the same options too, and print the ratios")
    private Path baseline;

    @Option(names = "--python", defaultValue = "python3", description = "runs the script")
    private String python;

    @Override
    public Integer call() {
        requireSizes();
        SolverOptions options = options();
        Optional<JsonNode> other = Optional.ofNullable(baseline).map(this::runBaseline);
        other.ifPresent(this::print);
        JsonNode own = JsonLines.JSON.valueToTree(measure(options));
        print(own);
        other.ifPresent(o -> print(ratios(o, own)));
        return 0;
    }

    private void requireSizes() {
        if (Math.min(Math.min(rows, cols), Math.min(tokens, peakSize)) < 1
                || Math.min(threads, repeat) < 1) {
            throw new ParameterException(
                    spec.commandLine(), "sizes, threads and repeat: expected at least 1");
        }
    }

    private SolverOptions options() {
        try {
            return SolverOptions.of(Patterns.parse(spec, pattern)).withBits(bits);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--bits: " + e.getMessage(), e);
        }
    }

    private JsonNode runBaseline(Path script) {
        List<String> options =
                new ArrayList<>(
                        List.of(
                                NAME,
                                "--rows=" + rows,
                                "--cols=" + cols,
                                "--tokens=" + tokens,
                                "--pattern=" + pattern,
                                "--threads=" + threads,
                                "--repeat=" + repeat));
        if (bits != SolverOptions.NOT_QUANTISED) {
            options.add("--bits=" + bits);
        }
        return new Baseline(python, script).run(options);
    }

    private SolverTimes measure(SolverOptions options) {
        try (Device device = Devices.open(kind, threads);
                Arena arena = Arena.ofShared()) {
            double peak = PeakRate.gflops(device, peakSize);
            SolverProblem problem = SolverProblem.random(device, arena, rows, cols, tokens, 0);
            Matrix h = device.allocate(arena, cols, cols);
            Median gram = new Median();
            Device narrow = device.with(operands);
            Runnable work = () -> accumulate(narrow, problem.x(), h);
            Median.warmUp(warmUp, work);
            for (int i = 0; i < repeat; i++) {
                gram.time(work);
            }
            return prune(device, problem, h, options, gram.seconds(), peak);
        }
    }

    private static void accumulate(Device device, Matrix x, Matrix h) {
        device.blas().addScaled(0, h, 0, h);
        GramAccumulator accumulator = new GramAccumulator(device, h);
        accumulator.add(x, 1);
        GramAccumulator.combine(device, List.of(accumulator.partial()), accumulator.sequences(), h);
        device.finish();
    }

    private SolverTimes prune(
            Device device,
            SolverProblem problem,
            Matrix h,
            SolverOptions options,
            double gramSeconds,
            double peak) {
        Median whole = new Median();
        Median factoring = new Median();
        try (Arena arena = Arena.ofShared()) {
            Matrix q = device.allocate(arena, rows, cols);
            SolveResult[] last = new SolveResult[1];
            Runnable work = () -> last[0] = solve(device, problem.w(), q, h, options, factoring);
            Median.warmUp(warmUp, work);
            factoring.reset();
            for (int i = 0; i < repeat; i++) {
                whole.time(work);
            }
            return new SolverTimes(
                    NAME,
                    rows,
                    cols,
                    tokens,
                    pattern,
                    bits,
                    device.name(),
                    threads,
                    gramSeconds,
                    factoring.seconds(),
                    whole.seconds(),
                    peak,
                    flops() / 1e9 / peak / whole.seconds(),
                    last[0].stats().sparsity(),
                    problem.relativeError(device, q),
                    last[0].stats().loss());
        }
    }

    private static SolveResult solve(
            Device device, Matrix w, Matrix q, Matrix h, SolverOptions options, Median factoring) {
        device.blas().addScaled(1, w, 0, q);
        try (Arena arena = Arena.ofShared()) {
            GramFactor[] factor = new GramFactor[1];
            factoring.time(
                    () -> {
                        factor[0] = GramFactor.of(device, arena, NAME, h, options);
                        device.finish();
                    });
            SolveResult result =
                    SparseGptSolver.solveUnmeasured(device, NAME, q, factor[0], options);
            device.finish();
            return result;
        }
    }

    /// What the algorithm cannot do without: the updates of W, the factor of H and its use.
    private double flops() {
        double c = cols;
        return rows * c * c + 2.0 / 3 * c * c * c;
    }

    /// How many times faster than the other program, and both results beside it.
    private static ObjectNode ratios(JsonNode other, JsonNode own) {
        ObjectNode ratios = JsonLines.JSON.createObjectNode().put("bench", "solver-ratio");
        for (String time : List.of("gram_s", "factor_s", "prune_s")) {
            ratios.put(
                    time.replace("_s", "_times_faster"),
                    other.path(time).asDouble() / own.path(time).asDouble());
        }
        for (String result : List.of("sparsity", "relative_error")) {
            ratios.set("baseline_" + result, other.path(result));
            ratios.set(result, own.path(result));
        }
        return ratios;
    }

    private void print(JsonNode line) {
        JsonLines.print(spec.commandLine().getOut(), line);
    }
}
