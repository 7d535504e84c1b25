package io.sparsemesh.scheduler.core;

import io.sparsemesh.contracts.JobId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;

/// The scheduler process around the [Decider]: a database with transactions, an inbox, an outbox
/// and a relay. It may die before and after every commit.
final class SimulatedScheduler {

    /// A row of the outbox.
    private record Row(String id, Command command) {}

    private static final Duration LONGEST_GAP = Duration.ofSeconds(5);

    private final Decider decider;
    private final Safeguards safeguards;
    private final Faults faults;
    private final Invariants invariants;
    private final SimulatedStore store;
    private final Map<JobId, Job> jobs = new LinkedHashMap<>();
    private final Set<String> inbox = new HashSet<>();
    private final List<Row> outbox = new ArrayList<>();
    private Listening listening = Listening.fromNowOn(LONGEST_GAP);
    private long rows;

    SimulatedScheduler(
            Policy policy,
            Safeguards safeguards,
            Faults faults,
            Invariants invariants,
            SimulatedStore store) {
        this.decider = new Decider(policy, safeguards.fence());
        this.safeguards = safeguards;
        this.faults = faults;
        this.invariants = invariants;
        this.store = store;
    }

    Map<JobId, Job> jobs() {
        return jobs;
    }

    /// Handles one message.
    ///
    /// @return whether it was acknowledged; if not, it comes again
    boolean receive(String id, JobId job, Event event, Instant now) {
        if (safeguards.inbox() && inbox.contains(id)) {
            return true;
        }
        return transact(id, job, event, now)
                && !faults.strikes(Fault.SCHEDULER_DIES_BEFORE_ACKNOWLEDGING);
    }

    /// The process is new: it has not heard the workers yet.
    void restart() {
        listening = Listening.fromNowOn(LONGEST_GAP);
    }

    /// Looks at the clock.
    void look(Instant now) {
        listening = listening.at(now);
    }

    /// Looks how far the results are processed.
    void probe(Instant now, long done, long end) {
        listening = listening.probed(now, Map.of(0, done), Map.of(0, end));
    }

    void tick(Set<Pool> idle, Instant now) {
        if (safeguards.reaper()) {
            Hearing hearing =
                    safeguards.hearing() ? listening.hearing() : new Hearing(Instant.MIN, now);
            for (JobId job : List.copyOf(jobs.keySet())) {
                transact("", job, new Event.Tick(idle, hearing), now);
            }
        }
    }

    private boolean transact(String id, JobId jobId, Event event, Instant now) {
        Job before = jobs.get(jobId);
        if (before == null && !(event instanceof Event.Submitted)) {
            inbox.add(id);
            return true;
        }
        Decision decision =
                before == null
                        ? decider.create((Event.Submitted) event, now)
                        : decider.decide(before, event, now);
        if (faults.strikes(Fault.SCHEDULER_DIES_BEFORE_COMMIT)) {
            return false;
        }
        invariants.afterDecision(before, event, decision);
        decision.commands().forEach(store::apply);
        inbox.add(id);
        if (decision.removed()) {
            jobs.remove(jobId);
        } else {
            jobs.put(jobId, decision.job());
        }
        decision.commands().forEach(c -> outbox.add(new Row("e" + rows++, c)));
        return true;
    }

    /// Hands out what has room in the window.
    void dispatch(Map<Pool, Integer> liveWorkers, Instant now) {
        for (Pool pool : Pool.values()) {
            Map<DispatchWindow.Share, Integer> queued = new HashMap<>();
            Map<DispatchWindow.Share, Integer> running = new HashMap<>();
            List<DispatchWindow.Candidate> ready = new ArrayList<>();
            for (Job job : jobs.values()) {
                for (Task task : job.tasks().values()) {
                    if (task.pool() == pool) {
                        survey(job, task, now, queued, running, ready);
                    }
                }
            }
            int live = liveWorkers.getOrDefault(pool, 0);
            DispatchWindow.Pace pace =
                    new DispatchWindow.Pace(queued, running, live, Optional.empty());
            for (DispatchWindow.Candidate chosen :
                    DispatchWindow.choose(ready, pace, new TenantTurns())) {
                transact("", chosen.job(), new Event.Granted(chosen.task()), now);
            }
        }
        invariants.afterDispatch(jobs.values());
    }

    private static void survey(
            Job job,
            Task task,
            Instant now,
            Map<DispatchWindow.Share, Integer> queued,
            Map<DispatchWindow.Share, Integer> running,
            List<DispatchWindow.Candidate> ready) {
        DispatchWindow.Share share = new DispatchWindow.Share(job.tenant(), job.id());
        if (task.phase() instanceof Phase.Queued) {
            queued.merge(share, 1, Integer::sum);
        } else if (task.phase() instanceof Phase.Running) {
            running.merge(share, 1, Integer::sum);
        } else if (task.phase() instanceof Phase.Ready r && !r.notBefore().isAfter(now)) {
            ready.add(
                    new DispatchWindow.Candidate(
                            share,
                            task.id(),
                            job.request().priority(),
                            job.createdAt(),
                            task.ordinal()));
        }
    }

    /// Publishes the outbox in order; may die before it has removed what it published.
    void relay(BiConsumer<String, Command> publish) {
        int count = faults.isCalm() ? outbox.size() : Math.min(outbox.size(), faults.below(8));
        List<Row> batch = new ArrayList<>(outbox.subList(0, count));
        if (!faults.strikes(Fault.RELAY_DIES)) {
            outbox.subList(0, count).clear();
        }
        batch.forEach(row -> publish.accept(row.id(), row.command()));
    }

    boolean isQuiet() {
        return outbox.isEmpty() && jobs.values().stream().allMatch(j -> j.state().isTerminal());
    }

    static Map<Pool, Integer> live(List<SimulatedWorker> workers) {
        Map<Pool, Integer> live = new EnumMap<>(Pool.class);
        workers.forEach(w -> live.merge(w.pool(), 1, Integer::sum));
        return live;
    }
}
