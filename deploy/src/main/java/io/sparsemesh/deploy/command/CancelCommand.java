package io.sparsemesh.deploy.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "cancel",
        description = "Cancels a job; what runs is abandoned.",
        mixinStandardHelpOptions = true)
final class CancelCommand implements Callable<Integer> {
    @Mixin private Connection connection;
    @Mixin private Format format;

    @Parameters(paramLabel = "ID", description = "the job")
    private String id;

    @Override
    public Integer call() {
        JsonNode job = connection.gateway().cancel(id);
        if (format.isJson()) {
            format.json(job);
        } else {
            format.out().println(id + " " + job.path("state").asText("CANCELLING"));
        }
        return ExitCode.DONE;
    }
}
