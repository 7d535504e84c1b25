package io.sparsemesh.gateway.submission;

import io.sparsemesh.contracts.job.Method;
import io.sparsemesh.contracts.model.Architecture;
import io.sparsemesh.contracts.model.Linear;
import io.sparsemesh.contracts.plan.MatchBudget;
import io.sparsemesh.contracts.plan.NamePattern;
import io.sparsemesh.contracts.plan.PatternCostException;
import io.sparsemesh.gateway.problem.Code;
import io.sparsemesh.gateway.problem.Errors;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// Refuses patterns that take too long to match the model's names, before gateway, scheduler and
/// workers match them. Every pattern is tried on every name: what is quick on one need not be on
/// another.
final class PatternCost {

    private PatternCost() {}

    /// A pattern, and where the request has it.
    private record Asked(String pointer, String pattern) {}

    static void check(Method method, Architecture model, Errors errors) {
        List<String> names = names(model);
        MatchBudget budget = new MatchBudget();
        for (Asked asked : asked(method)) {
            NamePattern pattern = NamePattern.compile(asked.pattern());
            try {
                names.forEach(name -> pattern.matches(name, budget));
            } catch (PatternCostException e) {
                errors.add(asked.pointer(), Code.INVALID_VALUE, e.getMessage());
                if (e.isTogether()) {
                    return;
                }
            }
        }
    }

    private static List<String> names(Architecture model) {
        return IntStream.range(0, model.blocks())
                .boxed()
                .flatMap(block -> model.groups().stream().map(group -> group.in(block)))
                .flatMap(group -> group.linears().stream())
                .map(Linear::name)
                .toList();
    }

    private static List<Asked> asked(Method method) {
        List<Asked> asked = new ArrayList<>();
        addEach("/method/include/", method.include(), asked);
        addEach("/method/exclude/", method.exclude(), asked);
        method.overrides().forEach(o -> asked.add(new Asked("/method/overrides", o.names())));
        return asked;
    }

    private static void addEach(String pointer, List<String> patterns, List<Asked> asked) {
        IntStream.range(0, patterns.size())
                .forEach(i -> asked.add(new Asked(pointer + i, patterns.get(i))));
    }
}
