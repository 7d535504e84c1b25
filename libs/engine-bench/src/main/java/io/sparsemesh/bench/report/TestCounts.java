package io.sparsemesh.bench.report;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.List;

/// What the tests came to.
///
/// @param skipped tests and classes that did not run, with the reason
public record TestCounts(int run, List<Failure> failures, List<Failure> skipped) {

    public TestCounts {
        failures = List.copyOf(failures);
        skipped = List.copyOf(skipped);
    }

    /// A test that failed or was skipped.
    ///
    /// @param message beginning of why, on one line
    public record Failure(String test, String message) {}

    @JsonIgnore
    public boolean isGood() {
        return run > 0 && failures.isEmpty();
    }

    @Override
    public String toString() {
        return "%d tests, %d failed, %d skipped".formatted(run, failures.size(), skipped.size());
    }
}
