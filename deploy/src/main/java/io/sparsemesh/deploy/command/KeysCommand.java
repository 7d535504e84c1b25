package io.sparsemesh.deploy.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.deploy.client.Gateway;
import io.sparsemesh.deploy.text.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "keys",
        description = "Makes, lists and revokes API keys.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            KeysCommand.Create.class,
            KeysCommand.ListKeys.class,
            KeysCommand.Revoke.class
        })
final class KeysCommand implements Runnable {
    @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

    @Override
    public void run() {
        throw new WrongUsage.MissingCommandException(spec.commandLine());
    }

    @Command(
            name = "create",
            description = "Makes a key and prints it, once.",
            mixinStandardHelpOptions = true)
    static final class Create implements Callable<Integer> {
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

    @Command(name = "list", description = "Lists the keys.", mixinStandardHelpOptions = true)
    static final class ListKeys implements Callable<Integer> {
        @Mixin private Connection connection;
        @Mixin private Format format;

        @Override
        public Integer call() {
            List<JsonNode> keys = connection.gateway().keys();
            if (format.isJson()) {
                format.json(keys);
            } else {
                print(keys);
            }
            return ExitCode.DONE;
        }

        private void print(List<JsonNode> keys) {
            Table table = new Table("ID", "TENANT", "NAME", "SCOPES", "EXPIRES", "LAST USED");
            for (JsonNode key : keys) {
                List<String> scopes = new ArrayList<>();
                key.path("scopes").forEach(scope -> scopes.add(scope.asText()));
                table.row(
                        key.path("id").asText(),
                        key.path("tenant").asText(),
                        key.path("name").asText(),
                        String.join(" ", scopes),
                        key.path("expiresAt").asText(),
                        key.path("lastUsedAt").asText("never"));
            }
            table.print(format.out());
        }
    }

    @Command(
            name = "revoke",
            description = "Revokes a key at once.",
            mixinStandardHelpOptions = true)
    static final class Revoke implements Callable<Integer> {
        @Mixin private Connection connection;
        @Mixin private Format format;

        @Parameters(paramLabel = "ID", description = "the key, as listed")
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
}
