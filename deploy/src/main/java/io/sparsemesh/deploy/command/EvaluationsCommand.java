package io.sparsemesh.deploy.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.deploy.text.Table;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "evaluations",
        description = "Lists what was measured of a job so far.",
        mixinStandardHelpOptions = true)
final class EvaluationsCommand implements Callable<Integer> {
    @Mixin private Connection connection;
    @Mixin private TableFormat format;

    @Parameters(paramLabel = "ID", description = "the job")
    private String id;

    @Override
    public Integer call() {
        List<JsonNode> evaluations = connection.gateway().evaluations(id);
        format.print(evaluations, () -> print(evaluations));
        return ExitCode.DONE;
    }

    private void print(List<JsonNode> evaluations) {
        Table table = new Table("SUITE", "TASK", "VARIANT", "STATE", ">ITEMS", "METRICS");
        for (JsonNode evaluation : evaluations) {
            table.row(
                    evaluation.path("suite").asText(),
                    evaluation.path("task").asText(),
                    evaluation.path("variant").asText(),
                    evaluation.path("state").asText(),
                    evaluation.path("items").asText(),
                    JobText.metrics(evaluation.path("metrics")));
        }
        table.print(format.out());
    }
}
