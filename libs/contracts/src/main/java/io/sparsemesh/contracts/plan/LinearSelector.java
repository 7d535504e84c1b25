package io.sparsemesh.contracts.plan;

import io.sparsemesh.contracts.job.Method;
import io.sparsemesh.contracts.job.Sparsity;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.PatternSyntaxException;
import java.util.stream.IntStream;

/// Decides which linears a method prunes, and to what target, by [NamePattern]s. It remembers what
/// it has decided, and is not for use by several threads.
public final class LinearSelector {

    private final Method method;
    private final List<NamePattern> include;
    private final List<NamePattern> exclude;
    private final List<NamePattern> overrides;
    private final Map<String, OptionalInt> overridden = new HashMap<>();
    private final MatchBudget budget = new MatchBudget();

    /// @throws PatternSyntaxException if a `re:` pattern is malformed
    public LinearSelector(Method method) {
        this.method = method;
        this.include = method.include().stream().map(NamePattern::compile).toList();
        this.exclude = method.exclude().stream().map(NamePattern::compile).toList();
        this.overrides =
                method.overrides().stream().map(o -> NamePattern.compile(o.names())).toList();
    }

    /// Why the linear is not pruned, or empty if it is.
    ///
    /// @throws PatternCostException if the patterns take too long to match
    public Optional<String> skipped(String name, int block) {
        if (block < method.firstBlock() || block > method.lastBlock()) {
            return Optional.of(
                    "block outside %d..%d".formatted(method.firstBlock(), method.lastBlock()));
        }
        if (include.stream().noneMatch(p -> p.matches(name, budget))) {
            return Optional.of("not included");
        }
        if (exclude.stream().anyMatch(p -> p.matches(name, budget))) {
            return Optional.of("excluded");
        }
        return Optional.empty();
    }

    /// What is asked of the linear: by the first override that matches it, or else by the method.
    ///
    /// @throws IllegalStateException if no override matches and the method is a sweep
    /// @throws PatternCostException if the patterns take too long to match
    public Sparsity target(String name) {
        OptionalInt override = override(name);
        return override.isPresent() ? targetOf(override) : method.target();
    }

    /// As [#target(String)], of a candidate whose other linears get `otherwise`.
    Sparsity target(String name, Sparsity otherwise) {
        OptionalInt override = override(name);
        return override.isPresent() ? targetOf(override) : otherwise;
    }

    private Sparsity targetOf(OptionalInt override) {
        return method.overrides().get(override.getAsInt()).target();
    }

    /// Index of the override that decides the linear's target.
    OptionalInt override(String name) {
        return overridden.computeIfAbsent(name, this::firstOverride);
    }

    private OptionalInt firstOverride(String name) {
        return IntStream.range(0, overrides.size())
                .filter(i -> overrides.get(i).matches(name, budget))
                .findFirst();
    }
}
