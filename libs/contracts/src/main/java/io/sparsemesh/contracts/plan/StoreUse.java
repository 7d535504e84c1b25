package io.sparsemesh.contracts.plan;

import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.job.Candidate;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.model.Architecture;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// The most that a plan's artifacts take in the store at a time, whatever the number of workers and
/// however their tasks overtake each other, as long as nothing is made anew.
///
/// What a calibration stored goes when every task that reads it has succeeded. With sequential
/// propagation a block is calibrated when the one before is solved, so at most two of them are
/// there, for each checkpoint that has calibrations of its own. With dense propagation nothing
/// holds the calibrations back. Solved weights stay to the end.
record StoreUse(JobRequest request, Architecture model, List<PlannedTask> tasks) {

    long most() {
        long solved = written(PlannedTask.Solve.class::isInstance);
        if (!request.method().propagation().isSequential()) {
            return written(PlannedTask.Calibrate.class::isInstance) + solved;
        }
        long chains = candidates().mapToLong(c -> twoFollowing(blocks(c))).sum();
        return Math.max(whileProfiled(), chains + solved);
    }

    private Stream<Candidate> candidates() {
        return request.method().candidates().stream();
    }

    /// Before an allocation is made: calibrations of the dense model, which are gone with it, and
    /// whatever needs no allocation.
    private long whileProfiled() {
        long profiled = written(task -> task instanceof PlannedTask.Calibrate c && c.dense());
        if (profiled == 0) {
            return 0;
        }
        long others =
                candidates()
                        .mapToLong(
                                c ->
                                        waitsForAllocation(c)
                                                ? blocks(c).getFirst()
                                                : twoFollowing(blocks(c)) + solved(c))
                        .sum();
        return profiled + others;
    }

    /// Calibrations for a candidate, block by block.
    private List<Long> blocks(Candidate candidate) {
        Set<TaskId> inputs = new HashSet<>();
        solves(candidate.name()).forEach(solve -> inputs.addAll(solve.dependsOn()));
        TreeMap<Integer, Long> blocks = new TreeMap<>();
        for (PlannedTask task : tasks) {
            if (task instanceof PlannedTask.Calibrate c && inputs.contains(c.id())) {
                blocks.merge(c.block(), written(c), Long::sum);
            }
        }
        return List.copyOf(blocks.values());
    }

    private static long twoFollowing(List<Long> blocks) {
        long most = 0;
        long before = 0;
        for (long block : blocks) {
            most = Math.max(most, before + block);
            before = block;
        }
        return most;
    }

    /// Also the uniform candidate does, if its first block is solved with the allocated one's.
    private boolean waitsForAllocation(Candidate candidate) {
        return solves(candidate.name()).findFirst().orElseThrow().allocation() != null;
    }

    private long solved(Candidate candidate) {
        return solves(candidate.name()).mapToLong(this::written).sum();
    }

    private Stream<PlannedTask.Solve> solves(String candidate) {
        return tasks.stream()
                .filter(PlannedTask.Solve.class::isInstance)
                .map(PlannedTask.Solve.class::cast)
                .filter(solve -> solve.candidates().contains(candidate));
    }

    private long written(Predicate<PlannedTask> which) {
        return tasks.stream().filter(which).mapToLong(this::written).sum();
    }

    private long written(PlannedTask task) {
        return Traffic.of(task, request, model, 0).written();
    }
}
