package io.sparsemesh.deploy.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.deploy.text.Table;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "layers",
        description = "Lists the linears of a job and what pruning did to each.",
        mixinStandardHelpOptions = true)
final class LayersCommand implements Callable<Integer> {
    @Mixin private Connection connection;
    @Mixin private TableFormat format;

    @Parameters(paramLabel = "ID", description = "the job")
    private String id;

    @Override
    public Integer call() {
        List<JsonNode> layers = connection.gateway().layers(id);
        format.print(layers, () -> print(layers));
        return ExitCode.DONE;
    }

    private void print(List<JsonNode> layers) {
        Table table =
                new Table(
                        "NAME",
                        ">BLOCK",
                        "STATE",
                        ">TRY",
                        "WORKER",
                        ">SPARSITY",
                        ">ERROR",
                        ">DAMPING",
                        ">TOKENS",
                        ">MS");
        for (JsonNode layer : layers) {
            table.row(
                    layer.path("name").asText(),
                    layer.path("block").asText(),
                    layer.path("state").asText(),
                    layer.path("attempt").asText(""),
                    text(layer, "worker"),
                    number(layer, "sparsity", "%.4f"),
                    number(layer, "relativeError", "%.3e"),
                    number(layer, "dampingUsed", "%.3g"),
                    text(layer, "tokens"),
                    text(layer, "millis"));
        }
        table.print(format.out());
    }

    private static String text(JsonNode layer, String field) {
        return layer.hasNonNull(field) ? layer.path(field).asText() : "";
    }

    private static String number(JsonNode layer, String field, String format) {
        return layer.hasNonNull(field) ? format.formatted(layer.path(field).asDouble()) : "";
    }
}
