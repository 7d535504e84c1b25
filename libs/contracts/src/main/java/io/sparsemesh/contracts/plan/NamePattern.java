package io.sparsemesh.contracts.plan;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// Selects linears by their names. A pattern is `re:` and a regular expression that matches the
/// whole name, or a glob (`*` any text, `?` any character) that matches the whole name or its end
/// after a dot: `q_proj` selects `model.decoder.layers.0.self_attn.q_proj`.
public final class NamePattern {

    private static final String REGEX = "re:";

    private final String text;
    private final Pattern regex;

    private NamePattern(String text, Pattern regex) {
        this.text = text;
        this.regex = regex;
    }

    /// @throws PatternSyntaxException if a `re:` pattern is malformed
    public static NamePattern compile(String pattern) {
        return new NamePattern(
                pattern,
                Pattern.compile(
                        pattern.startsWith(REGEX)
                                ? pattern.substring(REGEX.length())
                                : ofGlob(pattern)));
    }

    private static String ofGlob(String glob) {
        StringBuilder regex = new StringBuilder("(.*\\.)?");
        for (char c : glob.toCharArray()) {
            switch (c) {
                case '*' -> regex.append(".*");
                case '?' -> regex.append('.');
                default -> regex.append(Pattern.quote(String.valueOf(c)));
            }
        }
        return regex.toString();
    }

    /// @param budget what this and other patterns may look at; less of it is left afterwards
    /// @throws PatternCostException if it does not suffice
    public boolean matches(String name, MatchBudget budget) {
        try {
            return regex.matcher(budget.watch(name)).matches();
        } catch (MatchBudget.Exceeded | StackOverflowError e) {
            throw new PatternCostException(text, name, budget.isSpent());
        }
    }

    @Override
    public String toString() {
        return text;
    }
}
