package io.sparsemesh.bench.report;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.bench.report.TestCounts.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Results of a check for people.
record CheckText(CheckResults results) {

    /// Failures that are shown: without a driver every test fails.
    private static final int MOST = 20;

    List<String> lines() {
        List<String> lines = new ArrayList<>(steps());
        if (!results.benchmarks().isEmpty()) {
            lines.add("");
            lines.addAll(benchmarks());
        }
        results.shard().map(CheckText::shard).ifPresent(line -> lines.addAll(List.of("", line)));
        lines.add("");
        if (results.hasTests()) {
            lines.addAll(tests());
        }
        leftOut().ifPresent(lines::add);
        lines.add(results.isGood() ? "good" : "NOT GOOD: see the logs of what failed");
        return lines;
    }

    private List<String> steps() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("step", "result", "seconds"));
        for (Step step : results.steps()) {
            rows.add(
                    List.of(
                            step.name(),
                            step.result(),
                            number("%.1f", OptionalDouble.of(step.seconds()))));
        }
        return columns(rows);
    }

    private List<String> benchmarks() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(
                List.of(
                        "size",
                        "pattern",
                        "gram_s",
                        "factor_s",
                        "prune_s",
                        "baseline prune_s",
                        "ratio"));
        results.benchmarks().forEach(benchmark -> rows.add(row(benchmark)));
        return columns(rows);
    }

    private static List<String> row(Benchmark benchmark) {
        return List.of(
                benchmark.size(),
                benchmark.pattern(),
                number("%.4f", benchmark.seconds("gram_s")),
                number("%.4f", benchmark.seconds("factor_s")),
                number("%.4f", benchmark.pruneSeconds()),
                number("%.4f", benchmark.baselinePruneSeconds()),
                number("%.1f", benchmark.ratio()));
    }

    private static String shard(JsonNode line) {
        return String.format(
                Locale.ROOT,
                "shard %s/%s of %s x %s tokens: load %.3f s, forward %.3f s, one after the other %.3f s, by batches %.3f s",
                line.path("hidden").asText(),
                line.path("ffn").asText(),
                line.path("samples").asText(),
                line.path("length").asText(),
                line.path("load_s").asDouble(),
                line.path("forward_s").asDouble(),
                line.path("after_all_s").asDouble(),
                line.path("by_batches_s").asDouble());
    }

    private static String number(String format, OptionalDouble value) {
        return value.isPresent() ? String.format(Locale.ROOT, format, value.getAsDouble()) : "-";
    }

    private List<String> tests() {
        TestCounts tests = results.tests();
        List<String> lines = new ArrayList<>(List.of("tests: " + tests));
        tests.failures().stream().limit(MOST).forEach(f -> lines.add("  failed: " + text(f)));
        if (tests.failures().size() > MOST) {
            lines.add("  and %d more: see results.json".formatted(tests.failures().size() - MOST));
        }
        reasons(tests.skipped())
                .forEach((why, n) -> lines.add("  %d skipped: %s".formatted(n, why)));
        return lines;
    }

    private static String text(Failure failure) {
        return failure.test() + ": " + failure.message();
    }

    private static Map<String, Long> reasons(List<Failure> skipped) {
        return skipped.stream()
                .collect(Collectors.groupingBy(Failure::message, Collectors.counting()));
    }

    private Optional<String> leftOut() {
        String names =
                results.steps().stream()
                        .filter(Step::isLeftOut)
                        .map(Step::name)
                        .collect(Collectors.joining(", "));
        return names.isEmpty() ? Optional.empty() : Optional.of("left out: " + names);
    }

    /// The first column flush left, numbers flush right.
    private static List<String> columns(List<List<String>> rows) {
        int[] widths =
                IntStream.range(0, rows.getFirst().size())
                        .map(
                                c ->
                                        rows.stream()
                                                .mapToInt(row -> row.get(c).length())
                                                .max()
                                                .orElse(0))
                        .toArray();
        return rows.stream().map(row -> aligned(row, widths)).toList();
    }

    private static String aligned(List<String> row, int[] widths) {
        return IntStream.range(0, row.size())
                .mapToObj(c -> ("%" + (c == 0 ? "-" : "") + widths[c] + "s").formatted(row.get(c)))
                .collect(Collectors.joining("  "))
                .stripTrailing();
    }
}
