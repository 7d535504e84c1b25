package io.sparsemesh.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.engine.calibration.GramAccumulator;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.device.Operands;
import io.sparsemesh.engine.matrix.Matrix;
import io.sparsemesh.engine.solver.GramFactor;
import io.sparsemesh.engine.solver.SolverOptions;
import io.sparsemesh.engine.solver.SparseGptSolver;
import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// One block of a model: statistics, solves, and the pruned block's output for the next one.
@Command(
        name = "block",
        description = "Times the pruning of one OPT block with random weights, part by part.",
        mixinStandardHelpOptions = true)
final class BlockBench implements Callable<Integer> {

    /// Blocks of OPT-175B.
    private static final int BLOCKS = 96;

    @Spec private CommandSpec spec;

    @Option(names = "--hidden", defaultValue = "768", description = "size of the hidden states")
    private long hidden;

    @Option(names = "--ffn", defaultValue = "3072", description = "of the feed-forward layer")
    private long ffn;

    @Option(names = "--heads", defaultValue = "12", description = "attention heads")
    private long heads;

    @Option(names = "--samples", defaultValue = "8", description = "calibration sequences")
    private long samples;

    @Option(names = "--length", defaultValue = "512", description = "tokens of a sequence")
    private long length;

    @Option(
            names = "--dtype",
            defaultValue = "float32",
            description = "of the checkpoint: float32, float16 or bfloat16")
    private String dtype;

    @Option(names = "--pattern", defaultValue = "0.5", description = "sparsity, or n:m")
    private String pattern;

    @Option(names = "--threads", defaultValue = "2", description = "of the device")
    private int threads;

    @Option(names = "--device", defaultValue = "cpu", description = "kind of the device")
    private String kind;

    @Option(
            names = "--batch",
            defaultValue = "16384",
            description = "tokens that go through the block at a time, at least one sequence")
    private long batch;

    @Option(names = "--peak-size", defaultValue = "8192", description = "as of bench solver")
    private long peakSize;

    private record Problem(Device device, Device narrow, OptBlock block, Matrix states) {}

    @Override
    public Integer call() {
        SolverOptions options = SolverOptions.of(Patterns.parse(spec, pattern));
        try (Device device = Devices.open(kind, threads);
                Arena arena = Arena.ofShared()) {
            Device narrow = device.with(operands());
            double peak = PeakRate.gflops(device, peakSize);
            double narrowPeak = PeakRate.gflops(narrow, peakSize);
            OptBlock block = new OptBlock(narrow, arena, hidden, ffn, heads, step());
            long tokens = samples * length;
            Matrix states = RandomMatrix.normal(device, arena, -tokens, tokens, hidden, c -> 1);
            ObjectNode line = measure(new Problem(device, narrow, block, states), options);
            line.put("peak_gflops", peak).put("operands_peak_gflops", narrowPeak);
            JsonLines.print(spec.commandLine().getOut(), line);
        }
        return 0;
    }

    private Operands operands() {
        return switch (dtype) {
            case "float32" -> Operands.F32;
            case "float16" -> Operands.F16;
            case "bfloat16" -> Operands.BF16;
            default ->
                    throw new ParameterException(
                            spec.commandLine(),
                            "--dtype: expected float32, float16 or bfloat16, found " + dtype);
        };
    }

    private long step() {
        return Math.min(Math.max(batch / length, 1), samples) * length;
    }

    private ObjectNode measure(Problem problem, SolverOptions options) {
        // What is loaded and compiled on first use is not the block's.
        try (Arena own = Arena.ofShared()) {
            Matrix some = problem.device().allocate(own, length, hidden);
            problem.device().blas().addScaled(1, problem.states().rows(0, length), 0, some);
            problem.block().forward(some, length);
            problem.device().finish();
        }
        long begin = System.nanoTime();
        try (Arena own = Arena.ofShared()) {
            Map<String, GramAccumulator> sums = statistics(problem, own);
            double statistics = seconds(problem, begin);
            Map<String, Double> solves = solve(problem, sums, options);
            long solved = System.nanoTime();
            forward(problem, problem.states());
            double forward = seconds(problem, solved);
            ObjectNode line = line(problem);
            line.put("statistics_s", statistics);
            solves.forEach((name, seconds) -> line.put("solve_" + name + "_s", seconds));
            line.put("forward_s", forward).put("prune_block_s", seconds(problem, begin));
            line.put("model_of_" + BLOCKS + "_blocks_s", BLOCKS * seconds(problem, begin));
            return line.put("sparsity", sparsity(problem));
        }
    }

    private ObjectNode line(Problem problem) {
        return JsonLines.JSON
                .createObjectNode()
                .put("bench", "block")
                .put("hidden", hidden)
                .put("ffn", ffn)
                .put("samples", samples)
                .put("length", length)
                .put("dtype", dtype)
                .put("pattern", pattern)
                .put("device", problem.device().name());
    }

    private static double seconds(Problem problem, long since) {
        problem.device().finish();
        return (System.nanoTime() - since) / 1e9;
    }

    /// The Gram matrices of what enters each group, from the dense block; the hidden states stay.
    private Map<String, GramAccumulator> statistics(Problem problem, Arena arena) {
        Map<String, GramAccumulator> sums = new LinkedHashMap<>();
        for (String group : OptBlock.GROUPS.keySet()) {
            long n = problem.block().inputs(group);
            sums.put(
                    group,
                    new GramAccumulator(problem.narrow(), problem.narrow().allocate(arena, n, n)));
        }
        try (Arena own = Arena.ofShared()) {
            Matrix copy = problem.device().scratch(own, step(), hidden);
            for (long row = 0; row < samples * length; row += step()) {
                long to = Math.min(row + step(), samples * length);
                Matrix part = copy.rows(0, to - row);
                problem.device().blas().addScaled(1, problem.states().rows(row, to), 0, part);
                long sequences = part.rows() / length;
                problem.block()
                        .observe(part, length, (name, x) -> sums.get(name).add(x, sequences));
            }
        }
        return sums;
    }

    /// Prunes each group's linears; seconds by group.
    private Map<String, Double> solve(
            Problem problem, Map<String, GramAccumulator> sums, SolverOptions options) {
        Map<String, Double> seconds = new LinkedHashMap<>();
        OptBlock.GROUPS.forEach(
                (group, linears) -> {
                    long begin = System.nanoTime();
                    Matrix h = sums.get(group).partial();
                    GramAccumulator.combine(problem.device(), List.of(h), samples, h);
                    try (Arena own = Arena.ofShared()) {
                        GramFactor factor = GramFactor.of(problem.device(), own, group, h, options);
                        for (String linear : linears) {
                            SparseGptSolver.solveUnmeasured(
                                    problem.device(),
                                    linear,
                                    problem.block().weight(linear),
                                    factor,
                                    options);
                        }
                    }
                    seconds.put(group, seconds(problem, begin));
                });
        return seconds;
    }

    private void forward(Problem problem, Matrix states) {
        for (long row = 0; row < states.rows(); row += step()) {
            Matrix part = states.rows(row, Math.min(row + step(), states.rows()));
            problem.block().forward(part, length);
        }
    }

    private static double sparsity(Problem problem) {
        long zeros = 0;
        long all = 0;
        for (List<String> linears : OptBlock.GROUPS.values()) {
            for (String linear : linears) {
                Matrix w = problem.block().weight(linear);
                zeros += problem.device().pruning().countZeros(w);
                all += w.rows() * w.cols();
            }
        }
        return (double) zeros / all;
    }
}
