package io.sparsemesh.deploy.command;

import io.sparsemesh.deploy.bench.ScalingBench;
import io.sparsemesh.deploy.bench.ScalingPlot;
import io.sparsemesh.deploy.bench.ScalingReport;
import io.sparsemesh.deploy.client.Gateway;
import io.sparsemesh.deploy.mesh.Installation;
import io.sparsemesh.deploy.mesh.OwnedFolder;
import io.sparsemesh.deploy.mesh.PartialMesh;
import io.sparsemesh.deploy.text.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `./sparsemesh bench scaling`.
@Command(
        name = "scaling",
        description =
                "Measures how the time of a job falls with more workers: scheduler, Kafka and"
                        + " PostgreSQL as they are, workers that sleep for as long as a GPU takes"
                        + " for a block of OPT-175B. Prints one JSON line, and a table beside the"
                        + " law of docs/scaling.md.",
        mixinStandardHelpOptions = true)
final class ScalingBenchCommand implements Callable<Integer> {
    @Mixin private Format format;

    @Option(
            names = "--workers",
            paramLabel = "N",
            split = ",",
            defaultValue = "1,2,4,8",
            description = "numbers of workers, ascending; default ${DEFAULT-VALUE}")
    private List<Integer> workers;

    @Option(
            names = "--blocks",
            paramLabel = "N",
            defaultValue = "12",
            description = "blocks of the model; default ${DEFAULT-VALUE}")
    private int blocks;

    @Option(
            names = "--speed",
            paramLabel = "F",
            defaultValue = "1",
            description =
                    "workers F times as fast as the measured GPU; the queue is not faster, so"
                            + " it weighs more; default ${DEFAULT-VALUE}")
    private double speed;

    @Option(names = "--plot", paramLabel = "FILE", description = "write an SVG of the result")
    private Path plot;

    @Option(
            names = "--limit",
            paramLabel = "SECONDS",
            defaultValue = "600",
            description = "give up when a job takes longer; default ${DEFAULT-VALUE}")
    private int limit;

    @Override
    public Integer call() throws IOException {
        check();
        ScalingBench.Options options =
                new ScalingBench.Options(workers, blocks, speed, Duration.ofSeconds(limit));
        try (OwnedFolder folder = OwnedFolder.temporary();
                PartialMesh mesh =
                        PartialMesh.start(Installation.find(), "scheduler", folder.path(), false);
                ScalingBench bench = new ScalingBench(mesh, options, this::tell)) {
            tell("data in " + folder.path() + ", deleted at the end");
            ScalingReport report = bench.run();
            format.out().println(Gateway.JSON.writeValueAsString(report));
            print(report);
            if (plot != null) {
                Files.writeString(plot, ScalingPlot.svg(report));
            }
            return report.correct() ? ExitCode.DONE : ExitCode.FAILED;
        }
    }

    private void check() {
        boolean ascending = workers.stream().sorted().distinct().toList().equals(workers);
        if (workers.getFirst() < 1 || !ascending) {
            throw CommandException.usage(
                    "--workers: expected ascending numbers from 1, such as 1,2,4, found "
                            + workers);
        }
        if (blocks < 1 || limit < 1 || !(speed > 0) || Double.isInfinite(speed)) {
            throw CommandException.usage(
                    "--blocks, --limit: expected at least 1; --speed: expected more than 0");
        }
        if (plot != null && !Files.isDirectory(plot.toAbsolutePath().getParent())) {
            throw CommandException.usage(
                    "--plot: expected a file in a folder that exists, found " + plot);
        }
    }

    private void tell(String line) {
        format.err().println(line);
        format.err().flush();
    }

    private void print(ScalingReport report) {
        Table table =
                new Table(
                        "PROPAGATION",
                        ">WORKERS",
                        ">SECONDS",
                        ">LAW",
                        ">RATIO",
                        ">TIMES FASTER",
                        ">AT ONCE",
                        ">BUSY",
                        ">HOP ms");
        for (ScalingReport.Row row : report.runs()) {
            table.row(
                    row.propagation(),
                    Integer.toString(row.workers()),
                    number("%.1f", row.seconds()),
                    number("%.1f", row.law()),
                    number("%.3f", row.ratio()),
                    number("%.2f", row.timesFaster()),
                    Integer.toString(row.atOnce()),
                    number("%.0f %%", 100 * row.busy()),
                    number("%.0f", row.hopMillis().p50()));
        }
        table.print(format.err());
        format.err().flush();
    }

    private static String number(String pattern, double value) {
        return String.format(Locale.ROOT, pattern, value);
    }
}
