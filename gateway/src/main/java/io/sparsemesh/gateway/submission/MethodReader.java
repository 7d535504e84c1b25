package io.sparsemesh.gateway.submission;

import io.sparsemesh.contracts.job.Allocation;
import io.sparsemesh.contracts.job.ExpertTokens;
import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.job.Quantization;
import io.sparsemesh.contracts.job.Refit;
import io.sparsemesh.contracts.job.Target;
import io.sparsemesh.contracts.plan.NamePattern;
import io.sparsemesh.gateway.problem.Code;
import io.sparsemesh.gateway.problem.Errors;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;

/// Reads `method`, and refuses combinations that do not exist, naming those that do.
final class MethodReader {

    private static final String COMBINATIONS =
            "; available: sparsegpt, magnitude or wanda, each with sparsity or an n:m pattern,"
                    + " or several of them as targets;"
                    + " sparsegpt and wanda with sequential, trueSequential or dense propagation;"
                    + " sparsegpt or wanda with sparsity and allocation uniform, owl or budget;"
                    + " sparsegpt with refit, mode target not with dense propagation;"
                    + " sparsegpt with quantization to 2, 3, 4 or 8 bits, symmetric or not, in"
                    + " groups of 32, 64 or 128 or, as groupSize 0, whole rows";
    private static final int DEFAULT_BLOCK_SIZE = 128;
    private static final double DEFAULT_DAMPING = 0.01;
    private static final List<Integer> BITS = List.of(2, 3, 4, 8);
    private static final int DEFAULT_BITS = 4;
    private static final List<Integer> GROUP_SIZES = List.of(0, 32, 64, 128);
    private static final int DEFAULT_GROUP_SIZE = 128;
    private static final int MAX_BLOCKS = 1 << 16;
    private static final int MAX_PATTERNS = 256;
    private static final Map<String, ExpertTokens.Few> FEW_TOKENS =
            new TreeMap<>(
                    Map.of(
                            "everyToken", ExpertTokens.Few.EVERY_TOKEN,
                            "report", ExpertTokens.Few.REPORT));

    private static final Map<String, Allocation> ALLOCATIONS =
            Arrays.stream(Allocation.values())
                    .collect(
                            Collectors.toMap(
                                    Allocation::text, how -> how, (a, _) -> a, TreeMap::new));

    private final Errors errors;

    MethodReader(Errors errors) {
        this.errors = errors;
    }

    Draft.Method read(Fields method) {
        MethodName name = readName(method);
        Preset preset = readQuality(method, name);
        int blockSize = method.count("blockSize", 1, MAX_BLOCKS).orElse(DEFAULT_BLOCK_SIZE);
        TargetReader targets = new TargetReader(name, blockSize);
        boolean sweep = method.has("targets");
        List<Target> all = sweep ? new SweepReader(targets).read(method) : List.of();
        TargetReader.Target target = sweep ? TargetReader.NONE : targets.read(method, "blockSize");
        Allocation allocation = readAllocation(method, name);
        int first = method.count("firstBlock", 0, MAX_BLOCKS).orElse(0);
        Optional<Integer> last = method.count("lastBlock", 0, MAX_BLOCKS);
        if (last.isPresent() && last.get() < first) {
            method.refuse(
                    "lastBlock",
                    "expected at least firstBlock %d, found %d".formatted(first, last.get()));
        }
        Propagation propagation = readPropagation(method, name, preset);
        Draft.Method read =
                new Draft.Method(
                        name,
                        target.sparsity(),
                        target.pattern(),
                        blockSize,
                        damping(method).orElse(DEFAULT_DAMPING),
                        method.flag("exactCount", false),
                        propagation,
                        readPatterns(method, "include", List.of("re:.*")),
                        readPatterns(method, "exclude", List.of("lm_head")),
                        first,
                        last.isPresent() ? OptionalInt.of(last.get()) : OptionalInt.empty(),
                        readQuantization(method, name),
                        targets.readOverrides(method),
                        readRefit(method, name, preset, propagation),
                        readExperts(method),
                        all,
                        allocation);
        method.finish();
        return read;
    }

    static Optional<Double> damping(Fields fields) {
        return fields.number("damping", d -> d > 0 && d <= 1, "0 < damping <= 1");
    }

    private MethodName readName(Fields method) {
        Optional<String> name = method.requiredText("name");
        return switch (name.orElse("sparsegpt")) {
            case "sparsegpt" -> MethodName.SPARSEGPT;
            case "magnitude" -> MethodName.MAGNITUDE;
            case "wanda" -> MethodName.WANDA;
            default -> {
                method.refuse(
                        "name",
                        Code.UNSUPPORTED_METHOD,
                        "expected sparsegpt, magnitude or wanda, found '%s'"
                                        .formatted(name.orElse(""))
                                + COMBINATIONS);
                yield MethodName.MAGNITUDE;
            }
        };
    }

    /// What `quality` stands for; fields that are given by themselves are stronger.
    private enum Preset {
        REFERENCE,
        BEST
    }

    private Preset readQuality(Fields method, MethodName name) {
        Optional<String> quality = method.text("quality");
        Preset preset =
                switch (quality.orElse("reference")) {
                    case "reference" -> Preset.REFERENCE;
                    case "best" -> Preset.BEST;
                    default -> {
                        method.refuse(
                                "quality",
                                Code.INVALID_VALUE,
                                "expected reference or best, found '%s'".formatted(quality.get()));
                        yield Preset.REFERENCE;
                    }
                };
        if (preset == Preset.BEST && !name.isCompensating()) {
            refuseWith(method, "quality", name, "quality best");
            return Preset.REFERENCE;
        }
        return preset;
    }

    private static void refuseWith(Fields method, String field, MethodName name, String what) {
        method.refuse(
                field,
                Code.UNSUPPORTED_METHOD,
                "%s with %s does not exist".formatted(name(name), what) + COMBINATIONS);
    }

    private Optional<Refit> readRefit(
            Fields method, MethodName name, Preset preset, Propagation propagation) {
        Optional<Fields> present = method.object("refit");
        if (present.isEmpty()) {
            return preset == Preset.BEST
                    ? Optional.of(RefitReader.best(propagation))
                    : Optional.empty();
        }
        if (!name.isCompensating()) {
            refuseWith(method, "refit", name, "refit");
            return Optional.empty();
        }
        return Optional.of(new RefitReader(present.get()).read(propagation, COMBINATIONS));
    }

    /// Another than uniform spreads one sparsity by what calibration tells.
    private static Allocation readAllocation(Fields method, MethodName name) {
        Allocation asked = method.choice("allocation", ALLOCATIONS, Allocation.UNIFORM);
        if (asked == Allocation.UNIFORM) {
            return asked;
        }
        for (String other : List.of("pattern", "targets")) {
            if (method.has(other)) {
                refuseWith(method, "allocation", name, "allocation and " + other);
                return Allocation.UNIFORM;
            }
        }
        if (!name.isCalibrated()) {
            refuseWith(method, "allocation", name, "allocation " + asked.text());
            return Allocation.UNIFORM;
        }
        return method.has("sparsity") ? asked : Allocation.UNIFORM;
    }

    private Optional<Quantization> readQuantization(Fields method, MethodName name) {
        Optional<Fields> present = method.object("quantization");
        if (present.isEmpty()) {
            return Optional.empty();
        }
        if (!name.isCompensating()) {
            refuseWith(method, "quantization", name, "quantization");
            return Optional.empty();
        }
        Fields quantization = present.get();
        if (!quantization.has("bits")) {
            quantization.missing("bits", "one of " + BITS);
        }
        int bits = oneOf(quantization, "bits", BITS, DEFAULT_BITS);
        int groupSize = oneOf(quantization, "groupSize", GROUP_SIZES, DEFAULT_GROUP_SIZE);
        boolean symmetric = quantization.flag("symmetric", true);
        quantization.finish();
        return Optional.of(new Quantization(bits, symmetric, groupSize));
    }

    private static int oneOf(Fields fields, String field, List<Integer> values, int otherwise) {
        Optional<Integer> value = fields.count(field, Integer.MIN_VALUE, Integer.MAX_VALUE);
        if (value.isPresent() && !values.contains(value.get())) {
            fields.refuse(
                    field,
                    Code.UNSUPPORTED_METHOD,
                    "expected one of %s, found %d".formatted(values, value.get()) + COMBINATIONS);
            return otherwise;
        }
        return value.orElse(otherwise);
    }

    private static ExpertTokens readExperts(Fields method) {
        ExpertTokens otherwise = ExpertTokens.DEFAULT;
        return new ExpertTokens(
                method.whole("minTokensPerExpert", 0, Integer.MAX_VALUE)
                        .orElse(otherwise.minTokensPerExpert()),
                method.choice("fewTokens", FEW_TOKENS, otherwise.fewTokens()));
    }

    private Propagation readPropagation(Fields method, MethodName name, Preset preset) {
        Optional<String> asked = method.text("propagation");
        if (asked.isPresent() && !name.isCalibrated() && !asked.get().equals("dense")) {
            method.refuse(
                    "propagation",
                    Code.UNSUPPORTED_METHOD,
                    "%s uses no activations, so nothing is propagated".formatted(name(name))
                            + COMBINATIONS);
        }
        String otherwise =
                preset == Preset.BEST
                        ? "trueSequential"
                        : name.isCalibrated() ? "sequential" : "dense";
        return switch (asked.orElse(otherwise)) {
            case "sequential" -> Propagation.SEQUENTIAL;
            case "trueSequential" -> Propagation.TRUE_SEQUENTIAL;
            case "dense" -> Propagation.DENSE;
            default -> {
                if (name.isCalibrated()) {
                    method.refuse(
                            "propagation",
                            Code.UNSUPPORTED_METHOD,
                            "expected sequential, trueSequential or dense, found '%s'"
                                            .formatted(asked.get())
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
                NamePattern.compile(patterns.get(i));
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
        return name.name().toLowerCase(Locale.ROOT);
    }
}
