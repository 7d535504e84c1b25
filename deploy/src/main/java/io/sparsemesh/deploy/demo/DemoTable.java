package io.sparsemesh.deploy.demo;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.deploy.text.Table;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// The demonstration's result: a row for the dense model and one for each job.
public final class DemoTable {
    private static final String NONE = "-";

    private DemoTable() {}

    public static void print(List<DemoRun.Ended> jobs, PrintWriter out) {
        List<String> headings = new ArrayList<>(List.of("", ">perplexity"));
        DemoJob.TASKS.forEach(task -> headings.add(">" + task + " acc"));
        headings.addAll(List.of(">sparsity", ">time"));
        Table table = new Table(headings.toArray(String[]::new));
        for (DemoRun.Ended job : jobs) {
            if (job.job().dense()) {
                table.row(row("dense", job.answer().at("/result/dense"), "0 %", NONE));
            }
        }
        for (DemoRun.Ended job : jobs) {
            table.row(row(job));
        }
        table.print(out);
    }

    private static String[] row(DemoRun.Ended job) {
        JsonNode result = job.answer().path("result");
        if (!result.isObject()) {
            String state = job.answer().path("state").asText();
            return row(job.job().name() + " " + state, result, NONE, NONE);
        }
        String sparsity = "%.1f %%".formatted(100 * result.path("sparsity").asDouble());
        return row(job.job().name(), result.path("pruned"), sparsity, time(job.answer()));
    }

    private static String[] row(String name, JsonNode metrics, String sparsity, String time) {
        List<String> cells = new ArrayList<>();
        cells.add(name);
        JsonNode perplexity = metrics.path(DemoJob.PERPLEXITY).path("perplexity");
        cells.add(perplexity.isNumber() ? "%.4f".formatted(perplexity.asDouble()) : NONE);
        for (String task : DemoJob.TASKS) {
            cells.add(accuracy(metrics.path(task)));
        }
        cells.add(sparsity);
        cells.add(time);
        return cells.toArray(String[]::new);
    }

    private static String accuracy(JsonNode task) {
        return task.has("acc")
                ? "%.3f ± %.3f"
                        .formatted(task.path("acc").asDouble(), task.path("acc_stderr").asDouble())
                : NONE;
    }

    private static String time(JsonNode job) {
        if (!job.hasNonNull("startedAt") || !job.hasNonNull("finishedAt")) {
            return NONE;
        }
        Duration time =
                Duration.between(
                        Instant.parse(job.path("startedAt").asText()),
                        Instant.parse(job.path("finishedAt").asText()));
        return "%.1f s".formatted(time.toMillis() / 1000.0);
    }
}
