package io.sparsemesh.deploy.command;

import io.sparsemesh.deploy.client.Gateway;
import io.sparsemesh.deploy.mesh.Installation;
import io.sparsemesh.deploy.mesh.Mesh;
import io.sparsemesh.deploy.mesh.MeshOptions;
import io.sparsemesh.embedded.FreePorts;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "dev",
        description = "Runs the whole mesh on this machine until Ctrl-C.",
        mixinStandardHelpOptions = true)
final class DevCommand implements Callable<Integer> {
    @Mixin private Format format;

    @Option(
            names = "--workers",
            paramLabel = "N",
            defaultValue = "1",
            description = "layer-workers; default ${DEFAULT-VALUE}")
    private int workers;

    @Option(
            names = "--port",
            paramLabel = "P",
            defaultValue = "8080",
            description = "the gateway's port on 127.0.0.1; default ${DEFAULT-VALUE}")
    private int port;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "keep all state here; default: a temporary folder, deleted at the end")
    private Path data;

    @Option(
            names = "--root",
            paramLabel = "DIR",
            description = "folder that jobs may read and write, besides this one; repeatable")
    private List<Path> roots = List.of();

    @Option(
            names = "--bucket",
            paramLabel = "NAME",
            description = "S3 bucket that jobs may take models from; repeatable")
    private List<String> buckets = List.of();

    @Override
    public Integer call() throws InterruptedException {
        if (workers < 1) {
            throw CommandException.usage("--workers: expected at least 1, found " + workers);
        }
        if (!FreePorts.isFree(port)) {
            throw CommandException.usage(
                    "--port: expected a free one, %d of 127.0.0.1 is taken".formatted(port),
                    "choose another by --port");
        }
        Instant begin = Instant.now();
        Installation installation = Installation.find();
        RunningMesh mesh =
                data == null
                        ? RunningMesh.temporary(installation, this::options, this::say)
                        : RunningMesh.on(installation, options(data), this::say);
        ready(mesh.mesh(), begin);
        new CountDownLatch(1).await();
        return ExitCode.DONE;
    }

    private MeshOptions options(Path folder) {
        List<Path> all = new ArrayList<>(roots);
        all.add(Path.of(""));
        all.add(Installation.find().demo());
        try {
            return new MeshOptions(port, workers, folder.toAbsolutePath(), data != null, all)
                    .withBuckets(buckets);
        } catch (IllegalArgumentException e) {
            throw CommandException.usage(e.getMessage());
        }
    }

    private void ready(Mesh mesh, Instant begin) {
        long millis = Duration.between(begin, Instant.now()).toMillis();
        say("started in %.1f s; Ctrl-C stops".formatted(millis / 1000.0));
        if (format.isJson()) {
            format.out()
                    .println(Gateway.JSON.createObjectNode().put("ready", mesh.url().toString()));
            format.out().flush();
        } else {
            say("ready " + mesh.url());
        }
    }

    /// With JSON nothing but the address goes to standard output.
    private void say(String line) {
        PrintWriter out = format.isJson() ? format.err() : format.out();
        out.println(line);
        out.flush();
    }
}
