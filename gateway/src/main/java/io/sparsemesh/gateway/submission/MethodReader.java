package io.sparsemesh.gateway.submission;

import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.plan.LinearSelector;
import io.sparsemesh.gateway.problem.Code;
import io.sparsemesh.gateway.problem.Errors;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// Reads `method`, and refuses combinations that do not exist, naming those that do.
final class MethodReader {

    private static final String COMBINATIONS =
            "; available: sparsegpt or magnitude, each with sparsity or an n:m pattern;"
                    + " sparsegpt with sequential or dense propagation";
    private static final Pattern N_OF_M = Pattern.compile("([0-9]{1,3}):([0-9]{1,3})");
    private static final int DEFAULT_BLOCK_SIZE = 128;
    private static final double DEFAULT_DAMPING = 0.01;
    private static final int MAX_GROUP = 64;
    private static final int MAX_BLOCKS = 1 << 16;
    private static final int MAX_PATTERNS = 256;

    private final Errors errors;

    MethodReader(Errors errors) {
        this.errors = errors;
    }

    Draft.Method read(Fields method) {
        MethodName name = readName(method);
        refuseLater(method, name);
        Optional<Double> sparsity =
                method.number("sparsity", s -> s >= 0 && s < 1, "0 <= sparsity < 1");
        Optional<String> pattern = method.text("pattern");
        requireOneTarget(method);
        int blockSize = method.count("blockSize", 1, MAX_BLOCKS).orElse(DEFAULT_BLOCK_SIZE);
        pattern.ifPresent(p -> checkPattern(method, name, p, blockSize));
        int first = method.count("firstBlock", 0, MAX_BLOCKS).orElse(0);
        Optional<Integer> last = method.count("lastBlock", 0, MAX_BLOCKS);
        if (last.isPresent() && last.get() < first) {
            method.refuse(
                    "lastBlock",
                    "expected at least firstBlock %d, found %d".formatted(first, last.get()));
        }
        Draft.Method read =
                new Draft.Method(
                        name,
                        sparsity.orElse(null),
                        pattern.orElse(null),
                        blockSize,
                        method.number("damping", d -> d > 0 && d <= 1, "0 < damping <= 1")
                                .orElse(DEFAULT_DAMPING),
                        method.flag("exactCount", false),
                        readPropagation(method, name),
                        readPatterns(method, "include", List.of("re:.*")),
                        readPatterns(method, "exclude", List.of("lm_head")),
                        first,
                        last.isPresent() ? OptionalInt.of(last.get()) : OptionalInt.empty());
        method.finish();
        return read;
    }

    private MethodName readName(Fields method) {
        Optional<String> name = method.requiredText("name");
        return switch (name.orElse("sparsegpt")) {
            case "sparsegpt" -> MethodName.SPARSEGPT;
            case "magnitude" -> MethodName.MAGNITUDE;
            default -> {
                method.refuse(
                        "name",
                        Code.UNSUPPORTED_METHOD,
                        "expected sparsegpt or magnitude, found '%s'".formatted(name.orElse(""))
                                + COMBINATIONS);
                yield MethodName.MAGNITUDE;
            }
        };
    }

    private void refuseLater(Fields method, MethodName name) {
        for (String field : List.of("quantization", "refit")) {
            if (method.has(field)) {
                method.refuse(
                        field,
                        Code.UNSUPPORTED_METHOD,
                        "%s with %s is not available in this version".formatted(name(name), field)
                                + COMBINATIONS);
            }
        }
    }

    private void requireOneTarget(Fields method) {
        if (method.has("sparsity") == method.has("pattern")) {
            boolean both = method.has("sparsity");
            method.refuseWhole(
                    both ? Code.INVALID_VALUE : Code.MISSING_FIELD,
                    "expected exactly one of sparsity and pattern, found "
                            + (both ? "both" : "neither"));
        }
    }

    private void checkPattern(Fields method, MethodName name, String pattern, int blockSize) {
        Matcher form = N_OF_M.matcher(pattern);
        int n = form.matches() ? Integer.parseInt(form.group(1)) : 0;
        int m = form.matches() ? Integer.parseInt(form.group(2)) : 0;
        if (n < 1 || m < n || m > MAX_GROUP) {
            method.refuse(
                    "pattern",
                    "expected n:m with 0 < n <= m <= %d, found '%s'".formatted(MAX_GROUP, pattern));
        } else if (name.isCalibrated() && blockSize % m != 0) {
            method.refuse(
                    "blockSize",
                    "expected a multiple of %d for pattern %s, found %d"
                            .formatted(m, pattern, blockSize));
        }
    }

    private Propagation readPropagation(Fields method, MethodName name) {
        Optional<String> asked = method.text("propagation");
        if (asked.isPresent() && !name.isCalibrated() && !asked.get().equals("dense")) {
            method.refuse(
                    "propagation",
                    Code.UNSUPPORTED_METHOD,
                    "magnitude uses no activations, so nothing is propagated" + COMBINATIONS);
        }
        String otherwise = name.isCalibrated() ? "sequential" : "dense";
        return switch (asked.orElse(otherwise)) {
            case "sequential" -> Propagation.SEQUENTIAL;
            case "dense" -> Propagation.DENSE;
            default -> {
                if (name.isCalibrated()) {
                    method.refuse(
                            "propagation",
                            Code.UNSUPPORTED_METHOD,
                            "expected sequential or dense, found '%s'".formatted(asked.get())
                                    + COMBINATIONS);
                }
                yield Propagation.SEQUENTIAL;
            }
        };
    }

    private List<String> readPatterns(Fields method, String field, List<String> otherwise) {
        List<String> patterns = method.texts(field, otherwise, MAX_PATTERNS);
        for (int i = 0; i < patterns.size(); i++) {
            String at = field + "/" + i;
            try {
                LinearSelector.compile(patterns.get(i));
            } catch (PatternSyntaxException e) {
                errors.add(
                        "/method/" + at,
                        Code.INVALID_VALUE,
                        "broken regular expression: %s at %d in '%s'"
                                .formatted(e.getDescription(), e.getIndex(), e.getPattern()));
            }
        }
        return patterns;
    }

    private static String name(MethodName name) {
        return name == MethodName.SPARSEGPT ? "sparsegpt" : "magnitude";
    }
}
