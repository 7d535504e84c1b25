package io.sparsemesh.contracts.plan;

import io.sparsemesh.contracts.job.Method;
import io.sparsemesh.contracts.job.Sparsity;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.IntStream;

/// Decides which linears a method prunes, and to what target. A pattern is `re:` and a regular
/// expression that matches the whole name, or a glob (`*` any text, `?` any character) that matches
/// the whole name or its end after a dot: `q_proj` selects
/// `model.decoder.layers.0.self_attn.q_proj`.
public final class LinearSelector {

    private static final String REGEX = "re:";

    private final Method method;
    private final List<Pattern> include;
    private final List<Pattern> exclude;
    private final List<Pattern> overrides;

    /// @throws PatternSyntaxException if a `re:` pattern is malformed
    public LinearSelector(Method method) {
        this.method = method;
        this.include = method.include().stream().map(LinearSelector::compile).toList();
        this.exclude = method.exclude().stream().map(LinearSelector::compile).toList();
        this.overrides = method.overrides().stream().map(o -> compile(o.names())).toList();
    }

    /// Why the linear is not pruned, or empty if it is.
    public Optional<String> skipped(String name, int block) {
        if (block < method.firstBlock() || block > method.lastBlock()) {
            return Optional.of(
                    "block outside %d..%d".formatted(method.firstBlock(), method.lastBlock()));
        }
        if (include.stream().noneMatch(p -> p.matcher(name).matches())) {
            return Optional.of("not included");
        }
        if (exclude.stream().anyMatch(p -> p.matcher(name).matches())) {
            return Optional.of("excluded");
        }
        return Optional.empty();
    }

    /// What is asked of the linear: by the first override that matches it, or else by the method.
    ///
    /// @throws IllegalStateException if no override matches and the method is a sweep
    public Sparsity target(String name) {
        OptionalInt override = override(name);
        return override.isPresent() ? overridden(override) : method.target();
    }

    /// As [#target(String)], of a candidate whose other linears get `otherwise`.
    Sparsity target(String name, Sparsity otherwise) {
        OptionalInt override = override(name);
        return override.isPresent() ? overridden(override) : otherwise;
    }

    private Sparsity overridden(OptionalInt override) {
        return method.overrides().get(override.getAsInt()).target();
    }

    /// Index of the override that decides the linear's target.
    OptionalInt override(String name) {
        return IntStream.range(0, overrides.size())
                .filter(i -> overrides.get(i).matcher(name).matches())
                .findFirst();
    }

    /// The regular expression that `pattern` stands for.
    ///
    /// @throws PatternSyntaxException if a `re:` pattern is malformed
    public static Pattern compile(String pattern) {
        if (pattern.startsWith(REGEX)) {
            return Pattern.compile(pattern.substring(REGEX.length()));
        }
        StringBuilder regex = new StringBuilder("(.*\\.)?");
        for (char c : pattern.toCharArray()) {
            switch (c) {
                case '*' -> regex.append(".*");
                case '?' -> regex.append('.');
                default -> regex.append(Pattern.quote(String.valueOf(c)));
            }
        }
        return Pattern.compile(regex.toString());
    }
}
