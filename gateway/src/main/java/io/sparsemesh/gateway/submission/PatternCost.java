package io.sparsemesh.gateway.submission;

import io.sparsemesh.contracts.job.Method;
import io.sparsemesh.contracts.job.TargetOverride;
import io.sparsemesh.contracts.model.Architecture;
import io.sparsemesh.contracts.plan.LinearSelector;
import io.sparsemesh.gateway.problem.Code;
import io.sparsemesh.gateway.problem.Errors;
import java.util.List;
import java.util.regex.Pattern;

/// Refuses regular expressions that backtrack without end on the model's names: gateway and
/// scheduler match every one of them.
final class PatternCost {

    /// Characters looked at for one name; an honest expression needs some hundreds.
    private static final int LIMIT = 100_000;

    private PatternCost() {}

    static void check(Method method, Architecture model, Errors errors) {
        List<String> names =
                model.groups().stream()
                        .flatMap(g -> g.in(model.blocks() - 1).linears().stream())
                        .map(l -> l.name())
                        .toList();
        check("/method/include/", method.include(), names, errors);
        check("/method/exclude/", method.exclude(), names, errors);
        for (TargetOverride override : method.overrides()) {
            if (!isCheap(LinearSelector.compile(override.names()), names)) {
                tooLong("/method/overrides", names, errors);
            }
        }
    }

    private static void check(
            String pointer, List<String> patterns, List<String> names, Errors errors) {
        for (int i = 0; i < patterns.size(); i++) {
            if (!isCheap(LinearSelector.compile(patterns.get(i)), names)) {
                tooLong(pointer + i, names, errors);
            }
        }
    }

    private static void tooLong(String pointer, List<String> names, Errors errors) {
        errors.add(
                pointer,
                Code.INVALID_VALUE,
                "the pattern takes too long to match '%s'".formatted(names.getFirst()));
    }

    private static boolean isCheap(Pattern pattern, List<String> names) {
        try {
            names.forEach(name -> pattern.matcher(new Counted(name, new int[1])).matches());
            return true;
        } catch (TooLong | StackOverflowError e) {
            return false;
        }
    }

    private static final class TooLong extends RuntimeException {
        TooLong() {
            super(null, null, false, false);
        }
    }

    /// A text that ends the matching after [#LIMIT] looks at it.
    private record Counted(String text, int[] looks) implements CharSequence {
        @Override
        public char charAt(int index) {
            if (++looks[0] > LIMIT) {
                throw new TooLong();
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return new Counted(text.substring(start, end), looks);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
