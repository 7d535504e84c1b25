package io.sparsemesh.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.engine.calibration.GramAccumulator;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.matrix.Matrix;
import io.sparsemesh.engine.solver.DenseTarget;
import io.sparsemesh.engine.solver.GramFactor;
import io.sparsemesh.engine.solver.RefitOptions;
import io.sparsemesh.engine.solver.RefitReport;
import io.sparsemesh.engine.solver.RefitSolver;
import io.sparsemesh.engine.solver.SolverOptions;
import io.sparsemesh.engine.solver.SparseGptSolver;
import io.sparsemesh.engine.solver.Sparsity;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// What a refit costs, as a multiple of the solve in the same run. Either is what a job does for a
/// layer: factor, prune, measure the output error.
@Command(
        name = "refit",
        description = "Times a solve, and a solve with a refit, of one random layer.",
        mixinStandardHelpOptions = true)
final class RefitBench implements Callable<Integer> {

    private static final String NAME = "refit";

    @Spec private CommandSpec spec;

    @Option(names = "--rows", defaultValue = "2048", description = "outputs of the layer")
    private long rows;

    @Option(names = "--cols", defaultValue = "2048", description = "inputs of the layer")
    private long cols;

    @Option(names = "--tokens", defaultValue = "4096", description = "calibration tokens")
    private long tokens;

    @Option(names = "--sparsity", defaultValue = "0.5", description = "share of zeros")
    private double sparsity;

    @Option(names = "--iterations", description = "of conjugate gradient, by default a job's")
    private Integer given;

    @Option(names = "--reselections", defaultValue = "0", description = "masks chosen anew")
    private int reselections;

    @Option(names = "--target", description = "with the correction toward the dense model")
    private boolean target;

    @Option(names = "--threads", defaultValue = "2", description = "of the device")
    private int threads;

    @Option(names = "--repeat", defaultValue = "5", description = "runs that count")
    private int repeat;

    @Option(
            names = "--warm-up",
            defaultValue = "5",
            paramLabel = "SECONDS",
            description = "of runs that do not count")
    private double warmUp;

    @Override
    public Integer call() {
        if (Math.min(Math.min(rows, cols), Math.min(tokens, iterations())) < 1
                || Math.min(threads, repeat) < 1) {
            throw new ParameterException(
                    spec.commandLine(), "sizes, threads and counts: expected at least 1");
        }
        try (Device device = Devices.open("cpu", threads);
                Arena arena = Arena.ofShared()) {
            SolverProblem problem = SolverProblem.random(device, arena, rows, cols, tokens, 0);
            Matrix h = device.allocate(arena, cols, cols);
            GramAccumulator sum = new GramAccumulator(device, h);
            sum.add(problem.x(), 1);
            GramAccumulator.combine(device, List.of(sum.partial()), 1, h);
            print(measure(device, problem.w(), h));
        }
        return 0;
    }

    private ObjectNode measure(Device device, Matrix w, Matrix h) {
        RefitReport[] report = new RefitReport[1];
        double solve = seconds(() -> solve(device, w, h));
        double refit = seconds(() -> report[0] = refit(device, w, h));
        return JsonLines.JSON
                .createObjectNode()
                .put("bench", NAME)
                .put("rows", rows)
                .put("cols", cols)
                .put("sparsity", sparsity)
                .put("iterations", report[0].iterations())
                .put("target", target)
                .put("reselections", reselections)
                .put("threads", threads)
                .put("solve_s", solve)
                .put("refit_s", refit - solve)
                .put("refit_over_solve", (refit - solve) / solve)
                .put("error_before", report[0].errorBefore())
                .put("error_after", report[0].errorAfter());
    }

    private double seconds(Runnable work) {
        Median times = new Median();
        Median.warmUp(warmUp, work);
        for (int i = 0; i < repeat; i++) {
            times.time(work);
        }
        return times.seconds();
    }

    private int iterations() {
        return given == null ? target ? 2 : 3 : given;
    }

    private SolverOptions options() {
        return SolverOptions.of(new Sparsity.Unstructured(sparsity));
    }

    private void solve(Device device, Matrix w, Matrix h) {
        try (Arena arena = Arena.ofShared()) {
            Matrix q = copy(device, arena, w);
            GramFactor factor = GramFactor.of(device, arena, NAME, h, options());
            SparseGptSolver.solve(device, NAME, q, factor, options());
        }
    }

    /// The dense model's inputs are the layer's own here: the correction is 0 and takes as long.
    private RefitReport refit(Device device, Matrix w, Matrix h) {
        try (Arena arena = Arena.ofShared()) {
            Matrix q = copy(device, arena, w);
            GramFactor factor = GramFactor.of(device, arena, NAME, h, options());
            RefitOptions how = new RefitOptions(target ? 0.5 : 0, iterations(), 0, reselections);
            Optional<Matrix> k =
                    target
                            ? Optional.of(
                                    DenseTarget.correction(device, arena, factor, h, how.mix()))
                            : Optional.empty();
            return new RefitSolver(device, factor, options(), how).solve(NAME, q, k).refit();
        }
    }

    private static Matrix copy(Device device, Arena arena, Matrix w) {
        Matrix copy = device.scratch(arena, w.rows(), w.cols());
        device.blas().addScaled(1, w, 0, copy);
        return copy;
    }

    private void print(JsonNode line) {
        JsonLines.print(spec.commandLine().getOut(), line);
    }
}
