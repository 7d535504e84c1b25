package io.sparsemesh.deploy.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.deploy.client.Gateway;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "create-key",
        description = "Makes an API key and prints it, once.",
        mixinStandardHelpOptions = true)
final class CreateKeyCommand implements Callable<Integer> {
    @Mixin private Connection connection;
    @Mixin private Format format;

    @Parameters(paramLabel = "NAME", description = "what it is for")
    private String name;

    @Option(
            names = "--scope",
            paramLabel = "SCOPE",
            required = true,
            description = "read, write or admin; may be repeated")
    private List<String> scopes;

    @Option(
            names = "--tenant",
            paramLabel = "TENANT",
            description = "whose; only with the root key, others make their own tenant's")
    private Optional<String> tenant;

    @Option(names = "--days", paramLabel = "N", description = "until it expires; default 90")
    private Optional<Integer> days;

    @Override
    public Integer call() {
        ObjectNode wanted = Gateway.JSON.createObjectNode().put("name", name);
        scopes.forEach(wanted.putArray("scopes")::add);
        tenant.ifPresent(t -> wanted.put("tenant", t));
        days.ifPresent(d -> wanted.put("expiresInDays", d));
        JsonNode made = connection.gateway().createKey(wanted);
        if (format.isJson()) {
            format.json(made);
        } else {
            format.out().println(made.path("key").asText());
        }
        return ExitCode.DONE;
    }
}
