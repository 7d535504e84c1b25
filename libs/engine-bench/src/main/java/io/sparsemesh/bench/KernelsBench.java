package io.sparsemesh.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.concurrent.Callable;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The engine's kernels one by one, under JMH in a process of their own.
@Command(
        name = "kernels",
        description = "Times the engine's kernels one by one, a JSON line for each.",
        mixinStandardHelpOptions = true)
final class KernelsBench implements Callable<Integer> {

    private static final ObjectMapper JSON = new ObjectMapper();

    @Spec private CommandSpec spec;

    @Option(
            names = "--kernels",
            split = ",",
            description = "which: ${COMPLETION-CANDIDATES}; all unless given")
    private List<Kernel> kernels = List.of(Kernel.values());

    @Option(names = "--sizes", split = ",", defaultValue = "768,2048", description = "n")
    private List<Integer> sizes;

    @Option(names = "--threads", defaultValue = "2", description = "of the device")
    private int threads;

    @Option(names = "--device", defaultValue = "cpu", description = "kind of the device")
    private String device;

    @Option(names = "--repeat", defaultValue = "5", description = "iterations that count")
    private int repeat;

    @Option(
            names = "--seconds",
            defaultValue = "1",
            description = "of an iteration; as many iterations warm up")
    private double seconds;

    @Option(names = "--forks", defaultValue = "1", description = "processes; 0 for this one")
    private int forks;

    @Override
    public Integer call() throws RunnerException {
        sizes.forEach(this::requireSize);
        for (RunResult result : new Runner(options()).run()) {
            print(result);
        }
        return 0;
    }

    private void requireSize(int size) {
        if (!KernelProblem.fits(size)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--sizes: expected multiples of 64 from 128 on, found " + size);
        }
    }

    private Options options() {
        TimeValue time = TimeValue.milliseconds(Math.max(Math.round(seconds * 1000), 1));
        return new OptionsBuilder()
                .include("\\b" + KernelBenchmark.class.getSimpleName() + "\\.")
                .param("kernel", kernels.stream().map(Kernel::name).toArray(String[]::new))
                .param("size", sizes.stream().map(String::valueOf).toArray(String[]::new))
                .param("threads", String.valueOf(threads))
                .param("device", device)
                .forks(forks)
                .warmupIterations(repeat)
                .warmupTime(time)
                .measurementIterations(repeat)
                .measurementTime(time)
                .shouldFailOnError(true)
                .verbosity(VerboseMode.SILENT)
                .build();
    }

    /// The check is an element of the result, from a run in this process.
    private void print(RunResult result) {
        Kernel kernel = Kernel.valueOf(result.getParams().getParam("kernel"));
        int size = Integer.parseInt(result.getParams().getParam("size"));
        double milliseconds = result.getPrimaryResult().getScore();
        ObjectNode line =
                JSON.createObjectNode()
                        .put("bench", "kernels")
                        .put("kernel", kernel.name())
                        .put("size", size)
                        .put("threads", threads)
                        .put("ms", milliseconds)
                        .put("error_ms", result.getPrimaryResult().getScoreError())
                        .put("gflops", kernel.flops(size) / milliseconds / 1e6);
        try (KernelProblem problem = new KernelProblem(device, threads, size)) {
            line.put("check", kernel.run(problem));
        }
        try {
            spec.commandLine().getOut().println(JSON.writeValueAsString(line));
            spec.commandLine().getOut().flush();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
