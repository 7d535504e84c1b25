package io.sparsemesh.deploy.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.deploy.client.Gateway;
import io.sparsemesh.deploy.demo.DemoJob;
import io.sparsemesh.deploy.demo.DemoRun;
import io.sparsemesh.deploy.demo.DemoTable;
import io.sparsemesh.deploy.mesh.Installation;
import io.sparsemesh.deploy.mesh.MeshOptions;
import io.sparsemesh.deploy.mesh.OwnedFolder;
import io.sparsemesh.deploy.progress.Eta;
import io.sparsemesh.deploy.progress.ProgressView;
import io.sparsemesh.deploy.text.Terminal;
import io.sparsemesh.embedded.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "demo",
        description = "Prunes the demo model five ways on a mesh of its own, and prints a table.",
        mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
    private static final String REPORT = "sparsemesh-report.json";

    @Mixin private Format format;

    @Option(
            names = "--output",
            paramLabel = "DIR",
            defaultValue = "sparsemesh-demo",
            description = "folder for the pruned checkpoints; default ${DEFAULT-VALUE}")
    private Path output;

    @Option(
            names = "--workers",
            paramLabel = "N",
            defaultValue = "1",
            description = "layer-workers; default ${DEFAULT-VALUE}")
    private int workers;

    @Override
    public Integer call() {
        Instant begin = Instant.now();
        Installation installation = Installation.find();
        Path folder = output.toAbsolutePath().normalize();
        makeRoom(folder);
        List<DemoRun.Ended> jobs;
        try (RunningMesh mesh = mesh(installation, folder)) {
            say("mesh ready after " + clock(begin) + ", " + mesh.mesh().url());
            Gateway gateway = new Gateway(mesh.mesh().url(), Optional.empty());
            jobs = DemoRun.run(gateway, installation.demo(), folder, view());
        }
        report(jobs, folder, begin);
        return jobs.stream().allMatch(DemoRun.Ended::succeeded) ? ExitCode.DONE : ExitCode.FAILED;
    }

    private RunningMesh mesh(Installation installation, Path folder) {
        List<Path> roots = List.of(installation.demo(), folder);
        return RunningMesh.temporary(
                installation,
                data -> new MeshOptions(FreePorts.next(), workers, data, false, roots),
                this::say);
    }

    private ProgressView view() {
        return ProgressView.on(format.err(), Terminal.ofProcess(), Terminal.ERR);
    }

    private void report(List<DemoRun.Ended> jobs, Path folder, Instant begin) {
        if (format.isJson()) {
            format.json(json(jobs));
            return;
        }
        format.out().println();
        DemoTable.print(jobs, format.out());
        format.out().println();
        for (DemoRun.Ended job : jobs) {
            if (!job.succeeded()) {
                JobText.print(job.answer(), format.out(), format.paint());
            }
        }
        format.out().println("checkpoints in " + folder + ", all done in " + clock(begin));
        format.out().println("next: ./sparsemesh verify " + folder.resolve("sparsegpt-50"));
    }

    private static ArrayNode json(List<DemoRun.Ended> jobs) {
        ArrayNode all = Gateway.JSON.createArrayNode();
        for (DemoRun.Ended job : jobs) {
            ObjectNode entry = all.addObject().put("name", job.job().name());
            entry.set("job", job.answer());
        }
        return all;
    }

    /// Removes the checkpoints of an earlier run, known by their reports, and nothing else.
    private static void makeRoom(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make " + folder, e);
        }
        for (DemoJob job : DemoJob.all()) {
            Path old = folder.resolve(job.name());
            if (Files.exists(old.resolve(REPORT))) {
                new OwnedFolder(old).close();
            } else if (Files.exists(old)) {
                throw CommandException.usage(
                        old
                                + " is in the way and no earlier demo made it; choose another --output");
            }
        }
    }

    private static String clock(Instant begin) {
        return Eta.clock(Duration.between(begin, Instant.now()).toSeconds());
    }

    private void say(String line) {
        format.err().println(line);
        format.err().flush();
    }
}
