package io.sparsemesh.deploy.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.sparsemesh.deploy.bench.QueueBench;
import io.sparsemesh.deploy.bench.QueueReport;
import io.sparsemesh.deploy.client.Gateway;
import io.sparsemesh.deploy.mesh.Installation;
import io.sparsemesh.deploy.mesh.OwnedFolder;
import io.sparsemesh.deploy.mesh.PartialMesh;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `./sparsemesh bench queue`.
@Command(
        name = "queue",
        description =
                "Measures how many tasks a second go through scheduler, Kafka and workers that do"
                        + " nothing, and prints one JSON line.",
        mixinStandardHelpOptions = true)
final class QueueBenchCommand implements Callable<Integer> {
    @Mixin private Format format;

    @Option(
            names = "--tasks",
            paramLabel = "N",
            defaultValue = "2400",
            description = "tasks to measure, in whole jobs of 242; default ${DEFAULT-VALUE}")
    private int tasks;

    @Option(
            names = "--chain",
            paramLabel = "N",
            defaultValue = "100",
            description =
                    "blocks of the job whose tasks follow each other; default ${DEFAULT-VALUE}")
    private int chain;

    @Option(
            names = "--workers",
            paramLabel = "W",
            defaultValue = "4",
            description = "workers, all in this process; default ${DEFAULT-VALUE}")
    private int workers;

    @Option(
            names = "--durable",
            description = "with fsync for every commit of the database, as `dev --data` runs it")
    private boolean durable;

    @Option(
            names = "--limit",
            paramLabel = "SECONDS",
            defaultValue = "300",
            description = "give up after this time; default ${DEFAULT-VALUE}")
    private int limit;

    @Override
    public Integer call() throws InterruptedException, JsonProcessingException {
        if (tasks < 1 || chain < 1 || workers < 1) {
            throw CommandException.usage("--tasks, --chain, --workers: expected at least 1");
        }
        QueueBench.Options options =
                new QueueBench.Options(tasks, chain, workers, durable, Duration.ofSeconds(limit));
        try (OwnedFolder folder = OwnedFolder.temporary();
                PartialMesh mesh =
                        PartialMesh.start(
                                Installation.find(), "scheduler", folder.path(), durable);
                QueueBench bench = new QueueBench(mesh, options)) {
            format.err().println("data in " + folder.path() + ", deleted at the end");
            format.err().flush();
            QueueReport report = bench.run();
            format.out().println(Gateway.JSON.writeValueAsString(report));
            return report.correct() ? ExitCode.DONE : ExitCode.FAILED;
        }
    }
}
