package io.sparsemesh.scheduler.core;

import io.sparsemesh.contracts.evaluation.Tally;
import io.sparsemesh.contracts.plan.PlannedTask;
import io.sparsemesh.contracts.task.TaskOutput;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Whether what a worker sent is what its task was to yield. A worker is not trusted with this: a
/// missing linear would be a silently dense one.
final class OutputCheck {

    private OutputCheck() {}

    /// What is wrong: where, expected, found; empty if nothing.
    static Optional<String> fault(PlannedTask planned, TaskOutput output) {
        return switch (planned) {
            case PlannedTask.Calibrate calibrate -> calibrated(calibrate, output);
            case PlannedTask.Profile profile -> profiled(profile, output);
            case PlannedTask.Allocate _ -> type(planned, output, TaskOutput.Allocated.class);
            case PlannedTask.Keep _ -> type(planned, output, TaskOutput.Kept.class);
            case PlannedTask.Solve solve -> solved(solve, output);
            case PlannedTask.Assemble _ -> type(planned, output, TaskOutput.Assembled.class);
            case PlannedTask.Evaluate evaluate -> evaluated(evaluate, output);
            case PlannedTask.Report _ -> type(planned, output, TaskOutput.Reported.class);
        };
    }

    private static Optional<String> type(
            PlannedTask planned, TaskOutput output, Class<? extends TaskOutput> expected) {
        return expected.isInstance(output)
                ? Optional.empty()
                : Optional.of(
                        "%s: expected output %s, found %s"
                                .formatted(
                                        planned.id(),
                                        expected.getSimpleName(),
                                        output == null
                                                ? "none"
                                                : output.getClass().getSimpleName()));
    }

    private static Optional<String> calibrated(PlannedTask.Calibrate planned, TaskOutput output) {
        if (output instanceof TaskOutput.Calibrated calibrated) {
            return calibrated.grams().keySet().containsAll(planned.groups())
                    ? Optional.empty()
                    : Optional.of(
                            "%s: expected Gram matrices of %s, found %s"
                                    .formatted(
                                            planned.id(),
                                            planned.groups(),
                                            calibrated.grams().keySet()));
        }
        return type(planned, output, TaskOutput.Calibrated.class);
    }

    private static Optional<String> profiled(PlannedTask.Profile planned, TaskOutput output) {
        if (output instanceof TaskOutput.Profiled profiled) {
            List<String> expected =
                    planned.parts().stream().flatMap(part -> part.linears().stream()).toList();
            List<String> found =
                    profiled.linears().stream().map(TaskOutput.LinearProfile::name).toList();
            return found.equals(expected)
                    ? Optional.empty()
                    : Optional.of(
                            "%s: expected profiles of %s, found %s"
                                    .formatted(planned.id(), expected, found));
        }
        return type(planned, output, TaskOutput.Profiled.class);
    }

    /// Sums of different kinds cannot be added.
    private static Optional<String> evaluated(PlannedTask.Evaluate planned, TaskOutput output) {
        if (output instanceof TaskOutput.Evaluated evaluated) {
            Tally.Kind kind = evaluated.slice().kind();
            boolean perplexity = planned.suite().equals("perplexity");
            return perplexity == kind.isPerplexity()
                    ? Optional.empty()
                    : Optional.of(
                            "%s: expected a tally of the suite %s, found one of %s"
                                    .formatted(planned.id(), planned.suite(), kind));
        }
        return type(planned, output, TaskOutput.Evaluated.class);
    }

    private static Optional<String> solved(PlannedTask.Solve planned, TaskOutput output) {
        if (planned.candidates().size() == 1) {
            return solvedOne(planned, output);
        }
        if (!(output instanceof TaskOutput.SolvedCandidates solved)) {
            return type(planned, output, TaskOutput.SolvedCandidates.class);
        }
        if (!solved.candidates().keySet().equals(Set.copyOf(planned.candidates()))) {
            return Optional.of(
                    "%s: expected weights of the candidates %s, found those of %s"
                            .formatted(
                                    planned.id(),
                                    planned.candidates(),
                                    solved.candidates().keySet()));
        }
        return solved.candidates().values().stream()
                .flatMap(one -> solvedOne(planned, one).stream())
                .findFirst();
    }

    private static Optional<String> solvedOne(PlannedTask.Solve planned, TaskOutput output) {
        if (output instanceof TaskOutput.Solved solved) {
            List<String> found =
                    solved.layers().stream().map(TaskOutput.LayerReport::name).toList();
            return found.equals(planned.linears())
                    ? Optional.empty()
                    : Optional.of(
                            "%s: expected reports of %s, found %s"
                                    .formatted(planned.id(), planned.linears(), found));
        }
        return type(planned, output, TaskOutput.Solved.class);
    }
}
