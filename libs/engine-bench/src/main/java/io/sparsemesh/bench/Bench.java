package io.sparsemesh.bench;

import io.sparsemesh.bench.report.ReportCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/// `sparsemesh bench`.
@Command(
        name = "bench",
        description = {
            "Measures the engine, if asked beside another program.",
            "Whole jobs, the task queue and scaling: bench e2e, bench model, bench queue, bench scaling."
        },
        subcommands = {
            SolverBench.class,
            BlockBench.class,
            ShardBench.class,
            RefitBench.class,
            PerplexityBench.class,
            TableBench.class,
            KernelsBench.class,
            ReportCommand.class
        },
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND")
public final class Bench {

    private Bench() {}

    static CommandLine commandLine() {
        return new CommandLine(new Bench())
                .setExecutionExceptionHandler(
                        (e, commandLine, _) -> {
                            commandLine.getErr().println(e.getMessage());
                            return 1;
                        });
    }

    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }
}
