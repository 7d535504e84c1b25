package io.sparsemesh.bench.report;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Everything that a check found out.
///
/// @param machine facts by name, in the order in which they were found
public record CheckResults(Map<String, String> machine, TestCounts tests, List<Step> steps) {

    public CheckResults {
        machine = Collections.unmodifiableMap(new LinkedHashMap<>(machine));
        steps = List.copyOf(steps);
    }

    /// Whether something ran, and all that ran did so without a failure; tests that were all
    /// skipped did not run.
    @JsonProperty
    public boolean isGood() {
        return steps.stream().anyMatch(Step::isGood)
                && steps.stream().allMatch(step -> step.isLeftOut() || isGood(step));
    }

    private boolean isGood(Step step) {
        return step.isGood() && (!step.isTests() || tests.isGood());
    }

    /// Whether tests were asked for and begun.
    boolean hasTests() {
        return steps.stream().anyMatch(step -> step.isTests() && !step.isLeftOut());
    }

    /// The benchmarks that printed a result.
    @JsonProperty
    public List<Benchmark> benchmarks() {
        return steps.stream()
                .filter(Step::isBenchmark)
                .flatMap(step -> result(step).map(own -> benchmark(step, own)).stream())
                .toList();
    }

    /// What was found of a shard whose states come from a file.
    Optional<JsonNode> shard() {
        return steps.stream()
                .filter(step -> step.name().equals("shard"))
                .findFirst()
                .flatMap(CheckResults::result);
    }

    private Benchmark benchmark(Step step, JsonNode own) {
        return new Benchmark(
                own,
                steps.stream()
                        .filter(other -> other.isBaselineOf(step))
                        .findFirst()
                        .flatMap(CheckResults::result));
    }

    private static Optional<JsonNode> result(Step step) {
        return step.lines().stream().filter(line -> line.has("bench")).findFirst();
    }
}
