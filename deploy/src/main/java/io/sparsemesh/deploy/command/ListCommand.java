package io.sparsemesh.deploy.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.deploy.progress.Eta;
import io.sparsemesh.deploy.text.Table;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "list", description = "Lists jobs, newest first.", mixinStandardHelpOptions = true)
final class ListCommand implements Callable<Integer> {
    @Mixin private Connection connection;
    @Mixin private TableFormat format;

    @Option(
            names = "--state",
            paramLabel = "STATE",
            description = "only jobs in this state, or in one of several: FAILED,CANCELLED")
    private String state;

    @Option(names = "--model", paramLabel = "URI", description = "only jobs of this model")
    private String model;

    @Option(
            names = "--label",
            paramLabel = "KEY=VALUE",
            description = "only jobs with this label; repeatable")
    private Map<String, String> labels = new LinkedHashMap<>();

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "50",
            description = "as many at most; default ${DEFAULT-VALUE}, 0 for all")
    private int limit;

    @Override
    public Integer call() {
        if (limit < 0) {
            throw CommandException.usage("--limit: expected 0 or more, found " + limit);
        }
        int most = limit == 0 ? Integer.MAX_VALUE : limit;
        // One more than asked for tells whether there are more.
        int asked = most < Integer.MAX_VALUE && format.isText() ? most + 1 : most;
        List<JsonNode> jobs = connection.gateway().jobs(query(), asked);
        format.print(jobs, () -> print(jobs, most));
        return ExitCode.DONE;
    }

    private void print(List<JsonNode> jobs, int most) {
        print(jobs.subList(0, Math.min(most, jobs.size())));
        if (jobs.size() > most) {
            format.err().println("there are more: --limit 0 lists all");
        }
    }

    private Map<String, String> query() {
        Map<String, String> query = new LinkedHashMap<>();
        if (state != null) {
            query.put("state", state.toUpperCase(Locale.ROOT));
        }
        if (model != null) {
            query.put("model", Uris.of(model));
        }
        labels.forEach((key, value) -> query.put("label." + key, value));
        return query;
    }

    private void print(List<JsonNode> jobs) {
        Table table = new Table("ID", "STATE", ">LAYERS", ">ETA", "CREATED", "MODEL", "METHOD");
        for (JsonNode job : jobs) {
            JsonNode progress = job.path("progress");
            boolean ending = progress.hasNonNull("etaSeconds");
            table.row(
                    job.path("id").asText(),
                    format.paint().state(job.path("state").asText()),
                    progress.path("layersDone").asInt()
                            + "/"
                            + progress.path("layersTotal").asInt(),
                    ending ? Eta.clock(progress.path("etaSeconds").asLong()) : "",
                    job.path("createdAt").asText(),
                    first(job, "/model", "/request/model/uri"),
                    first(job, "/method", "/request/method"));
        }
        table.print(format.out());
    }

    private static String first(JsonNode job, String... pointers) {
        for (String pointer : pointers) {
            JsonNode found = job.at(pointer);
            if (found.isTextual()) {
                return found.asText();
            }
            if (found.isObject() && found.has("name")) {
                return JobText.method(found);
            }
            if (found.isObject() && found.has("uri")) {
                return found.path("uri").asText();
            }
        }
        return "";
    }
}
