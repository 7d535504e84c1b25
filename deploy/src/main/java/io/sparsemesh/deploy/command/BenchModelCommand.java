package io.sparsemesh.deploy.command;

import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.deploy.bench.RandomOpt;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "model",
        description =
                "Makes a model of random weights in a real one's shape, and token ids for it.",
        mixinStandardHelpOptions = true)
final class BenchModelCommand implements Callable<Integer> {
    private static final String IDS = "ids.safetensors";

    enum Shape {
        opt_125m,
        opt_1_3b;

        @Override
        public String toString() {
            return this == opt_125m ? "opt-125m" : "opt-1.3b";
        }

        static Shape of(String text) {
            for (Shape shape : values()) {
                if (shape.toString().equals(text)) {
                    return shape;
                }
            }
            throw CommandException.usage(
                    "SHAPE: expected opt-125m or opt-1.3b, found '" + text + "'");
        }

        RandomOpt model(Dtype dtype) {
            return this == opt_125m ? RandomOpt.opt125m(dtype) : RandomOpt.opt13b(dtype);
        }
    }

    @Mixin private Format format;

    @Parameters(index = "0", paramLabel = "SHAPE", description = "opt-125m or opt-1.3b")
    private String shape;

    @Parameters(index = "1", paramLabel = "DIR", description = "folder to be made")
    private Path folder;

    @Option(names = "--dtype", defaultValue = "F32", description = "F32, F16 or BF16")
    private Dtype dtype;

    @Option(names = "--blocks", description = "as many instead of the real one's")
    private Integer blocks;

    @Option(names = "--samples", defaultValue = "32", description = "calibration sequences")
    private int samples;

    @Option(names = "--length", defaultValue = "512", description = "tokens in each")
    private int length;

    @Option(names = "--test-tokens", defaultValue = "4096", description = "for the perplexity")
    private int testTokens;

    @Option(names = "--seed", defaultValue = "0", description = "of weights and ids")
    private long seed;

    @Override
    public Integer call() {
        RandomOpt model = Shape.of(shape).model(dtype);
        if (blocks != null) {
            if (blocks < 1) {
                throw CommandException.usage("--blocks: expected 1 or more, found " + blocks);
            }
            model = model.withBlocks(blocks);
        }
        if (Files.exists(folder)) {
            throw CommandException.usage(folder + " is there already");
        }
        try {
            model.write(folder, seed);
            model.writeIds(folder.resolve(IDS), samples, length, testTokens, seed + 1);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + folder, e);
        }
        format.out().println(folder + " and " + folder.resolve(IDS));
        return ExitCode.DONE;
    }
}
