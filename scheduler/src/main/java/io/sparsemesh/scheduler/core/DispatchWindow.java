package io.sparsemesh.scheduler.core;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.TaskId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Which ready tasks of a pool go to Kafka. Only a window of them lies there, because what lies in
/// Kafka can neither be overtaken nor taken back: whoever comes next waits for all of it. So there
/// is a task for each worker that has none, and besides as many as the workers take in the time in
/// which more can be handed out.
public final class DispatchWindow {

    /// From a task's end to the start of the one that is handed out then: about what a busy machine
    /// takes.
    static final Duration AHEAD = Duration.ofMillis(100);

    /// Tasks in Kafka at most, where there are few workers.
    static final int LARGEST = 16;

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

    /// What a pool is at.
    ///
    /// @param queued tasks that lie in Kafka, by job
    /// @param running tasks that a worker has, by job
    /// @param workers live ones
    /// @param task how long tasks take; nothing if none has ended yet, which counts as long
    public record Pace(
            Map<Share, Integer> queued,
            Map<Share, Integer> running,
            int workers,
            Optional<Duration> task) {

        public Pace {
            queued = Map.copyOf(queued);
            running = Map.copyOf(running);
        }

        /// How many more tasks may be queued; not above 0 when the window is full.
        public int room() {
            int idle = Math.max(0, workers - sum(running));
            return Math.min(Math.max(LARGEST, 2 * workers), idle + ahead()) - sum(queued);
        }

        /// What the workers begin in the time of [#AHEAD]; at least one, so that somebody who is
        /// not known yet finds something.
        private int ahead() {
            long millis = task.map(Duration::toMillis).orElse(Long.MAX_VALUE);
            double begun = (double) workers * AHEAD.toMillis() / Math.max(1, millis);
            return Math.max(1, (int) Math.ceil(begun));
        }

        private static int sum(Map<Share, Integer> tasks) {
            return tasks.values().stream().mapToInt(n -> n).sum();
        }

        /// Tasks in Kafka or with a worker; the caller's own.
        Map<String, Integer> inFlightByTenant() {
            Map<String, Integer> byTenant = new HashMap<>();
            inFlight()
                    .forEach((share, tasks) -> byTenant.merge(share.tenant(), tasks, Integer::sum));
            return byTenant;
        }

        private Map<Share, Integer> inFlight() {
            Map<Share, Integer> all = new HashMap<>(queued);
            running.forEach((share, tasks) -> all.merge(share, tasks, Integer::sum));
            return all;
        }
    }

    /// Those that go now, in the order in which they go: each tenant in turn, those with less in
    /// flight (in Kafka or with a worker) and more credit first, of equal ones whose last turn is
    /// longest ago, so that no priority takes another tenant's turn; within a tenant higher
    /// priority first; within a priority each job in turn, jobs with less in flight and older jobs
    /// first; within a job in plan order. Whoever reads the ready tasks leaves out what this order
    /// cannot choose.
    public static List<Candidate> choose(List<Candidate> ready, Pace pace, TenantTurns tenants) {
        Map<Share, Integer> inFlight = pace.inFlight();
        Map<String, Integer> byTenant = pace.inFlightByTenant();
        Map<String, Integer> chosen = new HashMap<>();
        List<Turn> turns = new ArrayList<>();
        for (Candidate next : byJobs(ready, inFlight)) {
            String tenant = next.share().tenant();
            int before = chosen.merge(tenant, 1, Integer::sum) - 1;
            int credit = Math.max(0, tenants.credit(tenant, pace.workers()) - before);
            turns.add(new Turn(next, byTenant.getOrDefault(tenant, 0) + before - credit));
        }
        return turns.stream()
                .sorted(
                        Comparator.comparingInt(Turn::number)
                                .thenComparingLong(
                                        turn -> tenants.last(turn.candidate().share().tenant())))
                .limit(Math.max(0, pace.room()))
                .map(Turn::candidate)
                .toList();
    }

    /// In the order in which they would go if all were one tenant's.
    private static List<Candidate> byJobs(List<Candidate> ready, Map<Share, Integer> inFlight) {
        List<Candidate> inPlanOrder = new ArrayList<>(ready);
        inPlanOrder.sort(Comparator.comparingInt(Candidate::ordinal));
        Map<Share, Integer> turns = new HashMap<>(inFlight);
        List<Turn> ranked = new ArrayList<>();
        for (Candidate candidate : inPlanOrder) {
            ranked.add(new Turn(candidate, turns.merge(candidate.share(), 1, Integer::sum)));
        }
        ranked.sort(Turn.BY_PRIORITY);
        return ranked.stream().map(Turn::candidate).toList();
    }

    /// @param number how many tasks its job has in flight with this one, or its tenant without it
    ///     and less its credit
    private record Turn(Candidate candidate, int number) {
        static final Comparator<Turn> BY_PRIORITY =
                Comparator.comparingInt((Turn t) -> -t.candidate().priority())
                        .thenComparingInt(Turn::number)
                        .thenComparing(t -> t.candidate().createdAt())
                        .thenComparing(t -> t.candidate().job().value())
                        .thenComparingInt(t -> t.candidate().ordinal());
    }
}
