package io.sparsemesh.deploy.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.deploy.bench.EndToEnd;
import io.sparsemesh.deploy.bench.PeakMemory;
import io.sparsemesh.deploy.bench.WorkerTasks;
import io.sparsemesh.deploy.client.Gateway;
import io.sparsemesh.deploy.mesh.Installation;
import io.sparsemesh.deploy.mesh.Mesh;
import io.sparsemesh.deploy.mesh.MeshOptions;
import io.sparsemesh.deploy.mesh.OwnedFolder;
import io.sparsemesh.embedded.FreePorts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "e2e",
        description = {
            "Times one job on a mesh of its own, from submission to checkpoint.",
            "Prints a JSON line; the checkpoint is deleted.",
            "With --repeat K: a first job and K more on the same mesh, a line of each, the median."
        },
        mixinStandardHelpOptions = true)
final class BenchEndToEndCommand implements Callable<Integer> {
    private static final String WORKER = "layer-worker-%d";
    private static final String TIME = "prune_s";

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

    @Option(names = "--threads", defaultValue = "2", description = "of each worker")
    private int threads;

    @Option(
            names = "--workers",
            defaultValue = "1",
            description = "layer-workers, which share a GPU; worker_peak_bytes is the first's")
    private int workers;

    @Option(
            names = "--repeat",
            paramLabel = "K",
            description = "time K jobs after a first one; the script runs K times too")
    private int repeat;

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
        if (workers < 1) {
            throw CommandException.usage("--workers: expected 1 or more, found " + workers);
        }
        if (repeat < 0) {
            throw CommandException.usage("--repeat: expected 0 or more, found " + repeat);
        }
        List<JsonNode> others = baseline == null ? List.of() : runBaseline();
        List<ObjectNode> measured = measure();
        if (measured.isEmpty()) {
            return ExitCode.FAILED;
        }
        ObjectNode own = median(measured);
        if (repeat > 0) {
            print(own.deepCopy().put("median_of", measured.size()));
        }
        if (!others.isEmpty()) {
            print(ratio(median(others), own));
        }
        return ExitCode.DONE;
    }

    private List<JsonNode> runBaseline() throws Exception {
        List<JsonNode> runs = new ArrayList<>();
        for (int run = 0; run < Math.max(1, repeat); run++) {
            runs.add(BaselineScript.run(python, baseline, options()));
            print(runs.getLast());
        }
        return runs;
    }

    /// The run that took the median time to prune; of an even number, the slower one.
    private static <T extends JsonNode> T median(List<T> runs) {
        return runs.stream()
                .sorted(Comparator.comparingDouble(run -> run.path(TIME).asDouble()))
                .toList()
                .get(runs.size() / 2);
    }

    private List<String> options() {
        return List.of(
                "e2e",
                model.toString(),
                ids.toString(),
                "--pattern=" + pattern,
                "--threads=" + threads);
    }

    /// The timed jobs, none if one failed. The first of several is printed only: it compiled what
    /// the others ran.
    private List<ObjectNode> measure() throws Exception {
        Installation installation = Installation.find();
        List<Path> roots = List.of(model, ids.toAbsolutePath().getParent());
        List<ObjectNode> measured = new ArrayList<>();
        try (OwnedFolder output = OwnedFolder.temporary();
                RunningMesh mesh =
                        RunningMesh.temporary(
                                installation,
                                data -> options(data, roots, output.path()),
                                line -> format.err().println(line))) {
            Gateway gateway = new Gateway(mesh.mesh().url(), Optional.empty());
            for (int run = 0; run <= repeat; run++) {
                Path pruned = output.path().resolve("pruned-" + run);
                EndToEnd.Times times =
                        new EndToEnd(model, ids, pattern, workers)
                                .run(gateway, pruned, () -> tasks(mesh.mesh()));
                ObjectNode line = line(times, PeakMemory.of(mesh.mesh().pid(worker(1))));
                if (run == 0 && repeat > 0) {
                    line.put("first", true);
                } else {
                    measured.add(line);
                }
                print(line);
                if (!times.hasCheckpoint()) {
                    return List.of();
                }
                gateway.delete(times.job().path("id").asText());
            }
            return measured;
        } catch (IllegalArgumentException e) {
            throw CommandException.usage(e.getMessage());
        }
    }

    private static String worker(int number) {
        return WORKER.formatted(number);
    }

    private WorkerTasks tasks(Mesh mesh) throws Exception {
        WorkerTasks all = new WorkerTasks(Map.of());
        for (int number = 1; number <= workers; number++) {
            all = all.and(WorkerTasks.read(mesh.metrics(worker(number))));
        }
        return all;
    }

    private MeshOptions options(Path data, List<Path> roots, Path output) {
        List<Path> all = new ArrayList<>(roots);
        all.add(output);
        return new MeshOptions(FreePorts.next(), workers, threads, data, false, all);
    }

    private ObjectNode line(EndToEnd.Times times, PeakMemory memory) {
        ObjectNode line = Gateway.JSON.createObjectNode();
        line.put("bench", "e2e")
                .put("model", model.toString())
                .put("pattern", pattern)
                .put("threads", threads)
                .put("workers", workers)
                .put("state", times.job().path("state").asText())
                .put(TIME, times.assembledSeconds())
                .put("total_s", times.totalSeconds())
                .put("overhead_share", times.overheadShare());
        times.tasks().seconds().forEach((kind, seconds) -> line.put(kind + "_s", seconds));
        memory.bytes().ifPresent(bytes -> line.put("worker_peak_bytes", bytes));
        line.put("perplexity", EndToEnd.perplexity(times.job()))
                .put("sparsity", times.job().path("result").path("sparsity").asDouble());
        if (!times.hasCheckpoint()) {
            line.set("error", times.job().path("error"));
        }
        JsonNode degraded = times.job().path("result").path("degraded");
        if (!degraded.isEmpty()) {
            line.set("degraded", degraded);
        }
        return line;
    }

    private static ObjectNode ratio(JsonNode other, JsonNode own) {
        return Gateway.JSON
                .createObjectNode()
                .put("bench", "e2e-ratio")
                .put("prune_times_faster", other.path(TIME).asDouble() / own.path(TIME).asDouble())
                .put("baseline_perplexity", other.path("perplexity").asDouble())
                .put("perplexity", own.path("perplexity").asDouble());
    }

    private void print(JsonNode line) {
        format.out().println(line);
        format.out().flush();
    }
}
