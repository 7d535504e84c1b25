package io.sparsemesh.deploy.command;

import io.sparsemesh.deploy.client.Gateway;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "revoke-key",
        description = "Revokes an API key at once.",
        mixinStandardHelpOptions = true)
final class RevokeKeyCommand implements Callable<Integer> {
    @Mixin private Connection connection;
    @Mixin private Format format;

    @Parameters(paramLabel = "KEY", description = "id of the key, as `keys` lists it")
    private String id;

    @Override
    public Integer call() {
        connection.gateway().revokeKey(id);
        if (format.isJson()) {
            format.json(Gateway.JSON.createObjectNode().put("id", id).put("revoked", true));
        } else {
            format.out().println(id + " revoked");
        }
        return ExitCode.DONE;
    }
}
