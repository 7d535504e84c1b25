package io.sparsemesh.deploy.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.deploy.text.Table;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/// Writes what a sweep made, as a table: a line for each target, a column for each suite.
final class SweepText {

    private static final List<String> METRICS = List.of("perplexity", "word_perplexity", "acc");

    private final JsonNode result;
    private final List<String> suites;

    SweepText(JsonNode result) {
        this.result = result;
        Set<String> names = new LinkedHashSet<>(names(result.path("dense")));
        result.path("candidates").forEach(c -> names.addAll(names(c.path("pruned"))));
        this.suites = List.copyOf(names);
    }

    private static List<String> names(JsonNode metrics) {
        return metrics.properties().stream().map(entry -> entry.getKey()).toList();
    }

    void print(PrintWriter out) {
        Table table = new Table(row("TARGET", ">SPARSITY", suites.stream().map(s -> ">" + s)));
        if (!result.path("dense").isEmpty()) {
            table.row(row("dense", "", values(result.path("dense"))));
        }
        for (JsonNode candidate : result.path("candidates")) {
            table.row(
                    row(
                            candidate.path("target").asText(),
                            JobText.percent(candidate.path("sparsity").asDouble()),
                            values(candidate.path("pruned"))));
        }
        table.print(out);
    }

    private static String[] row(String target, String sparsity, Stream<String> values) {
        List<String> cells = new ArrayList<>(List.of(target, sparsity));
        values.forEach(cells::add);
        return cells.toArray(String[]::new);
    }

    private Stream<String> values(JsonNode metrics) {
        return suites.stream().map(suite -> value(metrics.path(suite)));
    }

    /// Empty where nothing was measured.
    private static String value(JsonNode metrics) {
        return METRICS.stream()
                .filter(metrics::hasNonNull)
                .map(metric -> String.format(Locale.ROOT, "%.4f", metrics.path(metric).asDouble()))
                .findFirst()
                .orElse("");
    }
}
