package io.sparsemesh.bench.report;

import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/// A benchmark's line and, where it ran, that of the other program.
record Benchmark(JsonNode own, Optional<JsonNode> other) {

    private static final ObjectMapper JSON = new ObjectMapper();

    /// Such as `4096x4096`, or `block 12288/49152`.
    String size() {
        return own.has("rows")
                ? own.get("rows").asText() + "x" + own.path("cols").asText()
                : "block %s/%s".formatted(own.path("hidden").asText(), own.path("ffn").asText());
    }

    String pattern() {
        return own.path("pattern").asText();
    }

    /// A time of the engine.
    ///
    /// @param name such as `gram_s`
    OptionalDouble seconds(String name) {
        return seconds(own, name);
    }

    /// From weights and statistics to pruned weights, of a block with its statistics.
    OptionalDouble pruneSeconds() {
        return prune(own);
    }

    OptionalDouble baselinePruneSeconds() {
        return other.map(Benchmark::prune).orElseGet(OptionalDouble::empty);
    }

    /// How many times faster than the other program.
    OptionalDouble ratio() {
        OptionalDouble mine = pruneSeconds();
        OptionalDouble theirs = baselinePruneSeconds();
        return mine.isPresent() && theirs.isPresent()
                ? OptionalDouble.of(theirs.getAsDouble() / mine.getAsDouble())
                : OptionalDouble.empty();
    }

    private static OptionalDouble prune(JsonNode line) {
        return Stream.of("prune_s", "prune_block_s")
                .map(name -> seconds(line, name))
                .filter(OptionalDouble::isPresent)
                .findFirst()
                .orElseGet(OptionalDouble::empty);
    }

    private static OptionalDouble seconds(JsonNode line, String name) {
        JsonNode time = line.path(name);
        return time.isNumber() ? OptionalDouble.of(time.asDouble()) : OptionalDouble.empty();
    }

    @JsonValue
    ObjectNode json() {
        ObjectNode json = JSON.createObjectNode().put("size", size()).put("pattern", pattern());
        json.set("own", own);
        other.ifPresent(line -> json.set("baseline", line));
        ratio().ifPresent(ratio -> json.put("prune_times_faster", ratio));
        return json;
    }
}
