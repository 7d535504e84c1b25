package io.sparsemesh.deploy.command;

import picocli.CommandLine;
import picocli.CommandLine.Command;

@Command(
        name = "bench",
        description =
                "Measures whole jobs, the task queue and scaling; the engine alone: `bench solver`.",
        mixinStandardHelpOptions = true,
        hidden = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            BenchEndToEndCommand.class,
            BenchModelCommand.class,
            QueueBenchCommand.class,
            ScalingBenchCommand.class
        })
final class BenchCommand implements Runnable {
    @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

    @Override
    public void run() {
        throw new WrongUsage.MissingCommandException(spec.commandLine());
    }
}
