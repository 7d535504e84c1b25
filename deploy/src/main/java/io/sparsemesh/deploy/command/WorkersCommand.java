package io.sparsemesh.deploy.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.deploy.text.Table;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "workers", description = "Lists the workers.", mixinStandardHelpOptions = true)
final class WorkersCommand implements Callable<Integer> {
    @Mixin private Connection connection;
    @Mixin private TableFormat format;

    @Override
    public Integer call() {
        List<JsonNode> workers = connection.gateway().workers();
        format.print(workers, () -> print(workers));
        return ExitCode.DONE;
    }

    private void print(List<JsonNode> workers) {
        Table table =
                new Table(
                        "NAME",
                        "ROLE",
                        "STATE",
                        "DEVICE",
                        ">MEMORY MiB",
                        "TASK",
                        "HEARTBEAT",
                        "VERSION");
        for (JsonNode worker : workers) {
            table.row(
                    worker.path("name").asText(),
                    worker.path("role").asText(),
                    worker.path("state").asText(),
                    worker.path("device").asText(),
                    Long.toString(worker.path("memoryBytes").asLong() >> 20),
                    worker.path("currentTask").asText(""),
                    worker.path("lastHeartbeat").asText(""),
                    worker.path("version").asText(""));
        }
        table.print(format.out());
    }
}
