package io.sparsemesh.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.checkpoint.SafetensorsFile;
import io.sparsemesh.checkpoint.SafetensorsWriter;
import io.sparsemesh.checkpoint.Tensor;
import io.sparsemesh.checkpoint.TensorSource;
import io.sparsemesh.engine.calibration.ShardStates;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.device.Operands;
import io.sparsemesh.engine.matrix.Matrix;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// A calibration shard whose states come from a file on their way through a block.
@Command(
        name = "shard",
        description =
                "Times one OPT block on a shard's states out of a file: all of them first, then the block, and batch by batch.",
        mixinStandardHelpOptions = true)
final class ShardBench implements Callable<Integer> {

    private static final String STATES = "hidden";

    @Spec private CommandSpec spec;

    @Option(names = "--hidden", defaultValue = "768", description = "size of the hidden states")
    private long hidden;

    @Option(names = "--ffn", defaultValue = "3072", description = "of the feed-forward layer")
    private long ffn;

    @Option(names = "--heads", defaultValue = "12", description = "attention heads")
    private long heads;

    @Option(names = "--samples", defaultValue = "8", description = "sequences of the shard")
    private long samples;

    @Option(names = "--length", defaultValue = "512", description = "tokens of a sequence")
    private long length;

    @Option(
            names = "--operands",
            defaultValue = "F32",
            description = "of the block's products: ${COMPLETION-CANDIDATES}")
    private Operands operands;

    @Option(names = "--repeat", defaultValue = "3", description = "runs that count")
    private int repeat;

    @Option(names = "--threads", defaultValue = "2", description = "of the device")
    private int threads;

    @Option(names = "--device", defaultValue = "cpu", description = "kind of the device")
    private String kind;

    private record Problem(Device device, OptBlock block, Tensor file) {}

    @Override
    public Integer call() throws IOException {
        Path folder = Files.createTempDirectory("sparsemesh-shard");
        Path path = folder.resolve("states.safetensors");
        try (Device device = Devices.open(kind, threads);
                Arena arena = Arena.ofShared()) {
            write(path);
            try (SafetensorsFile file = SafetensorsFile.open(path)) {
                long tokens = Math.min(device.batchTokens(length), samples * length);
                OptBlock block =
                        new OptBlock(device.with(operands), arena, hidden, ffn, heads, tokens);
                Problem problem = new Problem(device, block, file.tensor(STATES));
                JsonLines.print(spec.commandLine().getOut(), measure(problem));
            }
        } finally {
            Files.deleteIfExists(path);
            Files.delete(folder);
        }
        return 0;
    }

    /// One random sequence, again and again.
    private void write(Path path) {
        try (Arena arena = Arena.ofShared();
                Device host = Devices.open("naive", 1)) {
            Matrix sequence = RandomMatrix.normal(host, arena, 0, length, hidden, _ -> 1);
            TensorSource states =
                    new TensorSource(
                            STATES,
                            Dtype.F32,
                            List.of(samples, length, hidden),
                            sink -> {
                                for (long sample = 0; sample < samples; sample++) {
                                    sink.write(sequence.data());
                                }
                            });
            SafetensorsWriter.write(path, List.of(states), Map.of());
        }
    }

    private ObjectNode measure(Problem problem) {
        Median load = new Median();
        Median forward = new Median();
        Median afterAll = new Median();
        Median byBatches = new Median();
        Median.warmUp(1, () -> byBatches(problem));
        for (int i = 0; i < repeat; i++) {
            byBatches.time(() -> byBatches(problem));
            afterAll.time(() -> afterAll(problem, load, forward));
        }
        return JsonLines.JSON
                .createObjectNode()
                .put("bench", "shard")
                .put("hidden", hidden)
                .put("ffn", ffn)
                .put("samples", samples)
                .put("length", length)
                .put("operands", operands.name())
                .put("device", problem.device().name())
                .put("load_s", load.seconds())
                .put("forward_s", forward.seconds())
                .put("after_all_s", afterAll.seconds())
                .put("by_batches_s", byBatches.seconds());
    }

    private void afterAll(Problem problem, Median load, Median forward) {
        try (Arena arena = Arena.ofShared()) {
            ShardStates states = states(problem, arena);
            load.time(
                    () -> {
                        states.matrix();
                        problem.device().finish();
                    });
            forward.time(
                    () -> {
                        states.forEachBatch(batch -> problem.block().forward(batch, length));
                        problem.device().finish();
                    });
        }
    }

    private void byBatches(Problem problem) {
        try (Arena arena = Arena.ofShared()) {
            states(problem, arena).forEachBatch(batch -> problem.block().forward(batch, length));
            problem.device().finish();
        }
    }

    private ShardStates states(Problem problem, Arena arena) {
        return ShardStates.of(
                problem.device(), arena, problem.file(), samples * length, hidden, length);
    }
}
