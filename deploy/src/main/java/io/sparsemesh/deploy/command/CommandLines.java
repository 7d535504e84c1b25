package io.sparsemesh.deploy.command;

import io.sparsemesh.deploy.client.ProblemException;
import io.sparsemesh.deploy.client.UnreachableException;
import picocli.CommandLine;

/// Makes the command line: its commands, and what errors look like.
public final class CommandLines {
    private CommandLines() {}

    public static CommandLine create() {
        return new CommandLine(new RootCommand())
                .setExecutionExceptionHandler((e, line, _) -> report(e, line))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpAutoWidth(true);
    }

    private static int report(Exception e, CommandLine line) {
        return switch (e) {
            case ProblemException refused -> {
                line.getErr().print(refused.problem().text());
                line.getErr().flush();
                yield ExitCode.of(refused.problem());
            }
            case UnreachableException gone -> {
                line.getErr().println(gone.getMessage());
                line.getErr()
                        .println("next: start one with `./sparsemesh dev`, or set SPARSEMESH_URL");
                yield ExitCode.UNREACHABLE;
            }
            case CommandException wrong -> {
                line.getErr().println(wrong.getMessage());
                yield wrong.exitCode();
            }
            default -> {
                e.printStackTrace(line.getErr());
                yield ExitCode.INTERNAL;
            }
        };
    }
}
