package io.sparsemesh.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.engine.cache.ModelCache;
import io.sparsemesh.engine.cache.OpenModel;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.model.LinearDescription;
import io.sparsemesh.engine.model.ModelDescription;
import io.sparsemesh.engine.scoring.Perplexity;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// How near the machine's limit the evaluator's forward pass is.
@Command(
        name = "perplexity",
        description = "Times the perplexity (gptq) of a model, beside the rate of matrix products.",
        mixinStandardHelpOptions = true)
final class PerplexityBench implements Callable<Integer> {

    /// What an evaluator keeps blocks in by default.
    private static final long BLOCK_MEMORY = 256L << 20;

    @Spec private CommandSpec spec;

    @Parameters(index = "0", description = "folder of the model")
    private Path model;

    @Parameters(index = "1", description = "token ids")
    private Path ids;

    @Option(names = "--tensor", defaultValue = "test", description = "with the ids")
    private String tensor;

    @Option(names = "--length", defaultValue = "512", description = "tokens of a window")
    private int length;

    @Option(
            names = "--windows",
            defaultValue = "1000000",
            description = "of the first tokens, at the most")
    private int most;

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

    @Option(
            names = "--peak-size",
            defaultValue = "4096",
            description = "side of the matrix product whose rate is the peak")
    private long peakSize;

    @Override
    public Integer call() {
        if (length < 2 || Math.min(Math.min(threads, repeat), Math.min(most, peakSize)) < 1) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--length: expected at least 2; all other numbers: at least 1");
        }
        try (Device device = Devices.open("cpu", threads);
                ModelCache models = new ModelCache(device, 1, BLOCK_MEMORY)) {
            double peak = PeakRate.gflops(device, peakSize);
            JsonLines.print(spec.commandLine().getOut(), measure(models.open(model), peak));
        }
        return 0;
    }

    private ObjectNode measure(OpenModel open, double peak) {
        List<int[]> all = open.tokens(ids, tensor, "").windows(length);
        List<int[]> windows = all.subList(0, Math.min(most, all.size()));
        Perplexity[] found = new Perplexity[1];
        Runnable work = () -> found[0] = Perplexity.measure(open.scorer(), windows, () -> {});
        Median times = new Median();
        Median.warmUp(warmUp, work);
        for (int i = 0; i < repeat; i++) {
            times.time(work);
        }
        double gflops = flops(open.description(), windows.size()) / 1e9 / times.seconds();
        return JsonLines.JSON
                .createObjectNode()
                .put("bench", "perplexity")
                .put("model", model.toString())
                .put("windows", windows.size())
                .put("length", length)
                .put("threads", threads)
                .put("perplexity_s", times.seconds())
                .put("gflops", gflops)
                .put("peak_gflops", peak)
                .put("share_of_peak", gflops / peak)
                .put("perplexity", found[0].value());
    }

    /// Of the linears, of the head for the tokens that are predicted from, and of attention: each
    /// token's scores and values over those up to it.
    private double flops(ModelDescription description, double windows) {
        double weights =
                Stream.concat(
                                description.blocks().stream()
                                        .flatMap(block -> block.groups().stream())
                                        .flatMap(group -> group.linears().stream()),
                                description.projections().stream())
                        .mapToDouble(LinearDescription::weights)
                        .sum();
        double attended =
                description.blocks().size() * description.hiddenSize() * (length + 1.0) / 2;
        double head = (double) description.head().weights() * (length - 1);
        return windows * (2 * weights * length + 4 * attended * length + 2 * head);
    }
}
