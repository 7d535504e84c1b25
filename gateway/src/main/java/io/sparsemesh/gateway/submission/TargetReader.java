package io.sparsemesh.gateway.submission;

import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.TargetOverride;
import io.sparsemesh.contracts.plan.NamePattern;
import io.sparsemesh.gateway.problem.Code;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// Reads targets: `sparsity` or `pattern`, that of the method and those of its overrides.
///
/// @param blockSize that an n:m pattern has to divide
record TargetReader(MethodName name, int blockSize) {

    private static final Pattern N_OF_M = Pattern.compile("([0-9]{1,3}):([0-9]{1,3})");
    private static final int MAX_GROUP = 64;
    private static final int MAX_OVERRIDES = 64;

    static final Target NONE = new Target(null, null);

    /// Both are null when a fault was noted.
    record Target(Double sparsity, String pattern) {}

    /// @param blamed field that is at fault when the pattern does not divide the block size
    Target read(Fields fields, String blamed) {
        Optional<Double> sparsity =
                fields.number("sparsity", s -> s >= 0 && s < 1, "0 <= sparsity < 1");
        Optional<String> pattern = fields.text("pattern");
        requireOne(fields);
        pattern.ifPresent(p -> checkPattern(fields, blamed, p));
        return new Target(sparsity.orElse(null), pattern.orElse(null));
    }

    /// Whether a pattern that was given has the form of one.
    boolean isValid(Target target) {
        return target.pattern() == null || N_OF_M.matcher(target.pattern()).matches();
    }

    private void requireOne(Fields fields) {
        if (fields.has("sparsity") == fields.has("pattern")) {
            boolean both = fields.has("sparsity");
            fields.refuseWhole(
                    both ? Code.INVALID_VALUE : Code.MISSING_FIELD,
                    "expected exactly one of sparsity and pattern, found "
                            + (both ? "both" : "neither"));
        }
    }

    private void checkPattern(Fields fields, String blamed, String pattern) {
        Matcher form = N_OF_M.matcher(pattern);
        int n = form.matches() ? Integer.parseInt(form.group(1)) : 0;
        int m = form.matches() ? Integer.parseInt(form.group(2)) : 0;
        if (n < 1 || m < n || m > MAX_GROUP) {
            fields.refuse(
                    "pattern",
                    "expected n:m with 0 < n <= m <= %d, found '%s'".formatted(MAX_GROUP, pattern));
        } else if (name.isCompensating() && blockSize % m != 0) {
            fields.refuse(
                    blamed,
                    blamed.equals("pattern")
                            ? "expected an m that divides blockSize %d, found '%s'"
                                    .formatted(blockSize, pattern)
                            : "expected a multiple of %d for pattern %s, found %d"
                                    .formatted(m, pattern, blockSize));
        }
    }

    /// In the order of the request. Those at fault are left out.
    List<TargetOverride> readOverrides(Fields method) {
        List<TargetOverride> overrides = new ArrayList<>();
        method.object("overrides")
                .ifPresent(
                        fields -> {
                            fields.eachObject(
                                    MAX_OVERRIDES,
                                    (names, value) -> readOverride(names, value, overrides));
                            fields.finish();
                        });
        return overrides;
    }

    private void readOverride(String names, Fields value, List<TargetOverride> overrides) {
        Target target = read(value, "pattern");
        value.finish();
        try {
            NamePattern.compile(names);
        } catch (PatternSyntaxException e) {
            value.refuseWhole(
                    Code.INVALID_VALUE,
                    "broken regular expression: %s at %d in '%s'"
                            .formatted(e.getDescription(), e.getIndex(), e.getPattern()));
            return;
        }
        if ((target.sparsity() == null) != (target.pattern() == null)) {
            overrides.add(new TargetOverride(names, target.sparsity(), target.pattern()));
        }
    }
}
