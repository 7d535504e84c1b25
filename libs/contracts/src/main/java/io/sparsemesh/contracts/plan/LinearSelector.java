package io.sparsemesh.contracts.plan;

import io.sparsemesh.contracts.job.Method;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// Decides which linears a method prunes. A pattern is `re:` and a regular expression that matches
/// the whole name, or a glob (`*` any text, `?` any character) that matches the whole name or its
/// end after a dot: `q_proj` selects `model.decoder.layers.0.self_attn.q_proj`.
public final class LinearSelector {

    private static final String REGEX = "re:";

    private final Method method;
    private final List<Pattern> include;
    private final List<Pattern> exclude;

    /// @throws PatternSyntaxException if a `re:` pattern is malformed
    public LinearSelector(Method method) {
        this.method = method;
        this.include = method.include().stream().map(LinearSelector::compile).toList();
        this.exclude = method.exclude().stream().map(LinearSelector::compile).toList();
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
