package io.sparsemesh.deploy.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.deploy.bench.EndToEnd;
import io.sparsemesh.deploy.bench.PeakMemory;
import io.sparsemesh.deploy.bench.WorkerTasks;
import io.sparsemesh.deploy.client.Gateway;
import io.sparsemesh.deploy.mesh.Installation;
import io.sparsemesh.deploy.mesh.MeshOptions;
import io.sparsemesh.deploy.mesh.OwnedFolder;
import io.sparsemesh.embedded.FreePorts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "e2e",
        description = {
            "Times one job on a mesh of its own with one worker, from submission to checkpoint.",
            "Prints a JSON line; the checkpoint is deleted."
        },
        mixinStandardHelpOptions = true)
final class BenchEndToEndCommand implements Callable<Integer> {
    private static final String WORKER = "layer-worker-1";

    @Mixin private Format format;

    @Parameters(index = "0", paramLabel = "MODEL", description = "folder of the model")
    private Path model;

    @Parameters(
            index = "1",
            paramLabel = "IDS",
            description = "token ids: tensors calib [samples, length] and test")
    private Path ids;

    @Option(
            names = "--pattern",
            defaultValue = "0.5",
            description = "sparsity, n:m, or either after magnitude:")
    private String pattern;

    @Option(names = "--threads", defaultValue = "2", description = "of the worker")
    private int threads;

    @Option(
            names = "--baseline",
            paramLabel = "SCRIPT",
            description = "run this script with the same options too, and print the ratio")
    private Path baseline;

    @Option(names = "--python", defaultValue = "python3", description = "runs the script")
    private String python;

    @Override
    public Integer call() throws Exception {
        for (Path file : List.of(model, ids)) {
            if (!Files.exists(file)) {
                throw CommandException.usage(file + ": no such file or folder");
            }
        }
        Optional<JsonNode> other = Optional.empty();
        if (baseline != null) {
            other = Optional.of(BaselineScript.run(python, baseline, options()));
            print(other.get());
        }
        ObjectNode own = measure();
        print(own);
        other.ifPresent(o -> print(ratio(o, own)));
        return own.path("state").asText().equals("SUCCEEDED") ? ExitCode.DONE : ExitCode.FAILED;
    }

    private List<String> options() {
        return List.of(
                "e2e",
                model.toString(),
                ids.toString(),
                "--pattern=" + pattern,
                "--threads=" + threads);
    }

    private ObjectNode measure() throws Exception {
        Installation installation = Installation.find();
        List<Path> roots = List.of(model, ids.toAbsolutePath().getParent());
        try (OwnedFolder output = OwnedFolder.temporary();
                RunningMesh mesh =
                        RunningMesh.temporary(
                                installation,
                                data -> options(data, roots, output.path()),
                                line -> format.err().println(line))) {
            Gateway gateway = new Gateway(mesh.mesh().url(), Optional.empty());
            EndToEnd.Times times =
                    new EndToEnd(model, ids, pattern)
                            .run(
                                    gateway,
                                    output.path().resolve("pruned"),
                                    () -> WorkerTasks.read(mesh.mesh().metrics(WORKER)));
            return line(times, PeakMemory.of(mesh.mesh().pid(WORKER)));
        } catch (IllegalArgumentException e) {
            throw CommandException.usage(e.getMessage());
        }
    }

    private MeshOptions options(Path data, List<Path> roots, Path output) {
        List<Path> all = new ArrayList<>(roots);
        all.add(output);
        return new MeshOptions(FreePorts.next(), 1, threads, data, false, all);
    }

    private ObjectNode line(EndToEnd.Times times, PeakMemory memory) {
        ObjectNode line = Gateway.JSON.createObjectNode();
        line.put("bench", "e2e")
                .put("model", model.toString())
                .put("pattern", pattern)
                .put("threads", threads)
                .put("state", times.job().path("state").asText())
                .put("prune_s", times.assembledSeconds())
                .put("total_s", times.totalSeconds())
                .put("overhead_share", times.overheadShare());
        times.tasks().seconds().forEach((kind, seconds) -> line.put(kind + "_s", seconds));
        memory.bytes().ifPresent(bytes -> line.put("worker_peak_bytes", bytes));
        line.put("perplexity", EndToEnd.perplexity(times.job()))
                .put("sparsity", times.job().path("result").path("sparsity").asDouble());
        if (!times.succeeded()) {
            line.set("error", times.job().path("error"));
        }
        return line;
    }

    private static ObjectNode ratio(JsonNode other, JsonNode own) {
        return Gateway.JSON
                .createObjectNode()
                .put("bench", "e2e-ratio")
                .put(
                        "prune_times_faster",
                        other.path("prune_s").asDouble() / own.path("prune_s").asDouble())
                .put("baseline_perplexity", other.path("perplexity").asDouble())
                .put("perplexity", own.path("perplexity").asDouble());
    }

    private void print(JsonNode line) {
        format.out().println(line);
        format.out().flush();
    }
}
