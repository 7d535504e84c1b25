package io.sparsemesh.deploy.command;

import io.sparsemesh.deploy.client.Gateway;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "delete",
        description = "Forgets a job that has ended; its output folder stays.",
        mixinStandardHelpOptions = true)
final class DeleteCommand implements Callable<Integer> {
    @Mixin private Connection connection;
    @Mixin private Format format;

    @Parameters(paramLabel = "ID", description = "the job")
    private String id;

    @Override
    public Integer call() {
        connection.gateway().delete(id);
        if (format.isJson()) {
            format.json(Gateway.JSON.createObjectNode().put("id", id).put("deleted", true));
        } else {
            format.out().println(id + " deleted");
        }
        return ExitCode.DONE;
    }
}
