package io.sparsemesh.deploy.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "retry",
        description = "Runs a failed or cancelled job again; finished layers are kept.",
        mixinStandardHelpOptions = true)
final class RetryCommand implements Callable<Integer> {
    @Mixin private Connection connection;
    @Mixin private Format format;

    @Parameters(paramLabel = "ID", description = "the job")
    private String id;

    @Option(
            names = "--damping",
            paramLabel = "SHARE",
            description = "of the mean diagonal, for layers that are not solved yet")
    private Double damping;

    @Override
    public Integer call() {
        JsonNode job = connection.gateway().retry(id, Optional.ofNullable(damping));
        if (format.isJson()) {
            format.json(job);
        } else {
            format.out().println(id + " " + job.path("state").asText("QUEUED"));
        }
        return ExitCode.DONE;
    }
}
