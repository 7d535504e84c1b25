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

    /// A job, as tenants and jobs take turns.
    public record Share(String tenant, JobId job) {}

    /// A ready task.
    ///
    /// @param createdAt when its job was submitted
    /// @param ordinal its position in the job's plan
    public record Candidate(
            Share share, TaskId task, int priority, Instant createdAt, int ordinal) {

        public JobId job() {
            return share.job();
        }
    }

    /// How many tasks may be queued.
    public static int size(int liveWorkers) {
        return Math.max(MIN_SIZE, 2 * liveWorkers);
    }

    /// How many more tasks may be queued; not above 0 when the window is full.
    ///
    /// @param queued tasks of the pool that lie in Kafka, by job
    public static int room(Map<Share, Integer> queued, int liveWorkers) {
        return size(liveWorkers) - queued.values().stream().mapToInt(n -> n).sum();
    }

    /// Those that go now, in the order in which they go: each tenant in turn, those with less in
    /// Kafka first, so that no priority takes another tenant's turn; within a tenant higher
    /// priority first; within a priority each job in turn, jobs with less in Kafka and older jobs
    /// first; within a job in plan order.
    ///
    /// @param queued tasks of the pool that lie in Kafka, by job
    public static List<Candidate> choose(
            List<Candidate> ready, Map<Share, Integer> queued, int liveWorkers) {
        int room = room(queued, liveWorkers);
        if (room <= 0) {
            return List.of();
        }
        Map<String, Integer> turns = new HashMap<>();
        queued.forEach((share, tasks) -> turns.merge(share.tenant(), tasks, Integer::sum));
        return byJobs(ready, queued).stream()
                .map(next -> new Turn(next, turns.merge(next.share().tenant(), 1, Integer::sum)))
                .sorted(Comparator.comparingInt(Turn::number))
                .limit(room)
                .map(Turn::candidate)
                .toList();
    }

    /// In the order in which they would go if all were one tenant's.
    private static List<Candidate> byJobs(List<Candidate> ready, Map<Share, Integer> queued) {
        List<Candidate> inPlanOrder = new ArrayList<>(ready);
        inPlanOrder.sort(Comparator.comparingInt(Candidate::ordinal));
        Map<Share, Integer> turns = new HashMap<>(queued);
        List<Turn> ranked = new ArrayList<>();
        for (Candidate candidate : inPlanOrder) {
            ranked.add(new Turn(candidate, turns.merge(candidate.share(), 1, Integer::sum)));
        }
        ranked.sort(Turn.BY_PRIORITY);
        return ranked.stream().map(Turn::candidate).toList();
    }

    /// @param number how many tasks its job, or its tenant, has in Kafka with this one
    private record Turn(Candidate candidate, int number) {
        static final Comparator<Turn> BY_PRIORITY =
                Comparator.comparingInt((Turn t) -> -t.candidate().priority())
                        .thenComparingInt(Turn::number)
                        .thenComparing(t -> t.candidate().createdAt())
                        .thenComparing(t -> t.candidate().job().value())
                        .thenComparingInt(t -> t.candidate().ordinal());
    }
}
