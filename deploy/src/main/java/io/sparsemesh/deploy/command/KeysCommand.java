package io.sparsemesh.deploy.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.deploy.text.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "keys", description = "Lists the API keys.", mixinStandardHelpOptions = true)
final class KeysCommand implements Callable<Integer> {
    @Mixin private Connection connection;
    @Mixin private TableFormat format;

    @Override
    public Integer call() {
        List<JsonNode> keys = connection.gateway().keys();
        format.print(keys, () -> print(keys));
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
