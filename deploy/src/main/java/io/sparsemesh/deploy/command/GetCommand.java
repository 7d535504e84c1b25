package io.sparsemesh.deploy.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "get", description = "Shows a job.", mixinStandardHelpOptions = true)
final class GetCommand implements Callable<Integer> {
    @Mixin private Connection connection;
    @Mixin private Format format;

    @Parameters(paramLabel = "ID", description = "the job")
    private String id;

    @Option(
            names = "--wait",
            paramLabel = "SECONDS",
            description = "return when its state changes, at the latest after this time")
    private Integer wait;

    @Override
    public Integer call() {
        JsonNode job =
                wait == null
                        ? connection.gateway().job(id)
                        : connection.gateway().job(id, Duration.ofSeconds(wait));
        if (format.isJson()) {
            format.json(job);
        } else {
            JobText.print(job, format.out(), format.paint());
        }
        return ExitCode.DONE;
    }
}
