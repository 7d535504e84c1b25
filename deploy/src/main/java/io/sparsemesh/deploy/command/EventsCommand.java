package io.sparsemesh.deploy.command;

import io.sparsemesh.deploy.client.JobEvents;
import io.sparsemesh.deploy.client.ServerEvent;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "events",
        description = "Follows what happens to a job until it ends, a line for each event.",
        mixinStandardHelpOptions = true)
final class EventsCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Mixin private Connection connection;
    @Mixin private Format format;

    @Parameters(paramLabel = "ID", description = "the job")
    private String id;

    @Option(
            names = "--after",
            paramLabel = "N",
            defaultValue = "0",
            description = "begin after the event with this number; default ${DEFAULT-VALUE}")
    private long after;

    @Override
    public Integer call() {
        new JobEvents(connection.gateway(), id, PATIENCE).follow(after, this::print);
        return ExitCode.DONE;
    }

    private void print(ServerEvent event) {
        format.out()
                .println(
                        format.isJson() ? EventText.json(event).toString() : EventText.text(event));
        format.out().flush();
    }
}
