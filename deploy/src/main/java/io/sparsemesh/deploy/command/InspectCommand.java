package io.sparsemesh.deploy.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.deploy.text.Table;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "inspect",
        description = "Shows what of a model can be pruned.",
        mixinStandardHelpOptions = true)
final class InspectCommand implements Callable<Integer> {
    private static final List<String> FIELDS =
            List.of(
                    "uri",
                    "family",
                    "modelType",
                    "dtype",
                    "blocks",
                    "hiddenSize",
                    "vocabularySize",
                    "maxPositions",
                    "parameters",
                    "prunableParameters",
                    "bytes",
                    "tokenizer");

    @Mixin private Connection connection;
    @Mixin private Format format;

    @Parameters(paramLabel = "MODEL", description = "folder or URI of a model")
    private String model;

    @Override
    public Integer call() {
        JsonNode answer = connection.gateway().inspect(Uris.of(model));
        if (format.isJson()) {
            format.json(answer);
        } else {
            print(answer);
        }
        return ExitCode.DONE;
    }

    private void print(JsonNode answer) {
        for (String field : FIELDS) {
            if (answer.hasNonNull(field)) {
                format.out().println("%-18s %s".formatted(field, answer.path(field).asText()));
            }
        }
        format.out().println("%-18s %s".formatted("prunable", prunable(answer)));
        if (answer.path("groups").isEmpty()) {
            return;
        }
        Table table = new Table("LINEAR (of each block b)", "INPUT", ">OUTPUTS", ">INPUTS");
        for (JsonNode group : answer.path("groups")) {
            for (JsonNode linear : group.path("linears")) {
                table.row(
                        linear.path("name").asText(),
                        group.path("name").asText(),
                        linear.path("shape").path(0).asText(),
                        linear.path("shape").path(1).asText());
            }
        }
        for (JsonNode other : answer.path("otherLinears")) {
            table.row(other.path("name").asText(), other.path("reason").asText(), "", "");
        }
        format.out().println();
        table.print(format.out());
    }

    private static String prunable(JsonNode answer) {
        boolean can = answer.path("prunable").asBoolean(true);
        String reason = answer.path("reason").asText("");
        return (can ? "yes" : "no") + (reason.isEmpty() ? "" : ": " + reason);
    }
}
