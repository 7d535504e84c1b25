package io.sparsemesh.scheduler.core;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.TaskId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Which ready tasks of a pool go to Kafka. Only a window of them lies there, because what lies in
/// Kafka can neither be overtaken nor taken back.
public final class DispatchWindow {

    /// Tasks in Kafka even if there are few workers or none.
    static final int MIN_SIZE = 16;

    private DispatchWindow() {}

    /// A ready task.
    ///
    /// @param createdAt when its job was submitted
    /// @param ordinal its position in the job's plan
    public record Candidate(JobId job, TaskId task, int priority, Instant createdAt, int ordinal) {}

    /// How many tasks may be queued.
    public static int size(int liveWorkers) {
        return Math.max(MIN_SIZE, 2 * liveWorkers);
    }

    /// How many more tasks may be queued; not above 0 when the window is full.
    ///
    /// @param queued tasks of the pool that lie in Kafka, by job
    public static int room(Map<JobId, Integer> queued, int liveWorkers) {
        return size(liveWorkers) - queued.values().stream().mapToInt(n -> n).sum();
    }

    /// Those that go now, in the order in which they go: higher priority first; within a priority
    /// each job in turn, jobs with less in Kafka and older jobs first; within a job in plan order.
    ///
    /// @param queued tasks of the pool that lie in Kafka, by job
    public static List<Candidate> choose(
            List<Candidate> ready, Map<JobId, Integer> queued, int liveWorkers) {
        int room = room(queued, liveWorkers);
        if (room <= 0) {
            return List.of();
        }
        List<Candidate> inPlanOrder = new ArrayList<>(ready);
        inPlanOrder.sort(Comparator.comparingInt(Candidate::ordinal));
        Map<JobId, Integer> turns = new HashMap<>(queued);
        List<Ranked> ranked = new ArrayList<>();
        for (Candidate candidate : inPlanOrder) {
            ranked.add(new Ranked(candidate, turns.merge(candidate.job(), 1, Integer::sum)));
        }
        ranked.sort(Ranked.ORDER);
        return ranked.stream().limit(room).map(Ranked::candidate).toList();
    }

    /// @param turn how many tasks its job has in Kafka with this one
    private record Ranked(Candidate candidate, int turn) {
        static final Comparator<Ranked> ORDER =
                Comparator.comparingInt((Ranked r) -> -r.candidate().priority())
                        .thenComparingInt(Ranked::turn)
                        .thenComparing(r -> r.candidate().createdAt())
                        .thenComparing(r -> r.candidate().job().value())
                        .thenComparingInt(r -> r.candidate().ordinal());
    }
}
