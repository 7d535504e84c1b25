package io.sparsemesh.bench.report;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/// One step of a check.
///
/// @param name such as `tests` or `solver-4096x4096-0.5`; its log is `NAME.log`
/// @param result `ok`, `failed (STATUS)`, `timed out` or `left out`
/// @param seconds that it took
/// @param lines objects that it printed
public record Step(String name, String result, double seconds, List<JsonNode> lines) {

    private static final String BASELINE = "baseline-";

    public Step {
        lines = List.copyOf(lines);
    }

    @JsonIgnore
    public boolean isGood() {
        return result.equals("ok");
    }

    @JsonIgnore
    public boolean isLeftOut() {
        return result.equals("left out");
    }

    /// Whether it ran the tests.
    @JsonIgnore
    public boolean isTests() {
        return name.equals("tests");
    }

    /// Whether it measures something of the engine.
    boolean isBenchmark() {
        return name.startsWith("solver-") || name.equals("block");
    }

    /// Whether this measures the same with the other program.
    boolean isBaselineOf(Step other) {
        return name.equals(BASELINE + other.name);
    }
}
