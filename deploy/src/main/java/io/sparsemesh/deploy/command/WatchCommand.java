package io.sparsemesh.deploy.command;

import io.sparsemesh.deploy.text.Terminal;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "watch",
        description = "Shows a job's progress until it ends.",
        mixinStandardHelpOptions = true)
final class WatchCommand implements Callable<Integer> {
    @Mixin private Connection connection;
    @Mixin private Format format;

    @Parameters(paramLabel = "ID", description = "the job")
    private String id;

    @Override
    public Integer call() {
        return Watching.untilEnd(connection.gateway(), id, format, Terminal.OUT);
    }
}
