package io.sparsemesh.scheduler.core;

import static io.sparsemesh.scheduler.core.Violation.unless;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.event.JobResult;
import io.sparsemesh.contracts.job.FallbackPolicy;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.task.Lease;
import io.sparsemesh.contracts.task.TaskMessage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/// One run of a small mesh without a broker or a database, decided by its seed: jobs, workers that
/// die and freeze, a scheduler that dies, a broker that goes away, messages that are lost, repeated
/// and reordered, a database clock that jumps. Then calm, in which everything has to come to its
/// end.
final class Simulation {

    private static final int CHAOS_STEPS = 300;
    private static final int CALM_STEPS = 1500;
    private static final double BROKEN_LIMIT = 0.1;
    private static final double KEPT_LIMIT = 1;
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    /// @param offset position in its topic
    private record Sent(long offset, String id, JobId job, Event event) {}

    /// What a run was like.
    ///
    /// @param decisions events that the scheduler decided on
    /// @param stale messages that changed nothing because of their lease
    /// @param ends how many jobs ended in each state, before deletion
    record Outcome(
            long decisions,
            long stale,
            Map<Fault, Long> faults,
            Map<JobState, Long> ends,
            Map<JobId, JobResult> results) {}

    private final Faults faults;
    private final SimulatedStore store = new SimulatedStore();
    private final Invariants invariants = new Invariants(this::isKept, store);
    private final SimulatedScheduler scheduler;
    private final Map<Pool, ShareQueue> queues = new EnumMap<>(Pool.class);
    private final List<SimulatedWorker> workers = new ArrayList<>();
    private final List<Sent> requests = new ArrayList<>();
    private final List<Sent> results = new ArrayList<>();
    private final List<Sent> history = new ArrayList<>();
    private final List<TaskMessage> unsent = new ArrayList<>();
    private final Map<JobState, Long> ends = new EnumMap<>(JobState.class);
    private final List<JobId> jobs = new ArrayList<>();
    private final String fallback;
    private Instant clock = START;
    private Duration databaseOffset = Duration.ZERO;
    private Instant brokerAwayUntil = START;
    private Instant schedulerDownUntil = START;
    private long names;
    private long offset;

    private Simulation(
            long seed, Safeguards safeguards, UnaryOperator<JobRequest> form, JobRequest only) {
        this.faults = new Faults(seed);
        this.fallback = faults.chance(0.2) ? "layers.1.fc" : "";
        Policy policy = Policy.standard(Duration.ofMinutes(10));
        this.scheduler = new SimulatedScheduler(policy, safeguards, faults, invariants, store);
        for (Pool pool : Pool.values()) {
            queues.put(pool, new ShareQueue(faults));
            for (int i = 0; i < 2; i++) {
                workers.add(newWorker(pool));
            }
        }
        if (only == null) {
            submit(form.apply(randomRequest()));
            if (faults.chance(0.4)) {
                submit(form.apply(randomRequest()));
            }
        } else {
            faults.calm();
            submit(only);
        }
    }

    /// @throws Violation if an invariant breaks
    static Outcome run(long seed, Safeguards safeguards) {
        return run(seed, safeguards, UnaryOperator.identity());
    }

    /// @param form what is made of each random request
    /// @throws Violation if an invariant breaks
    static Outcome run(long seed, Safeguards safeguards, UnaryOperator<JobRequest> form) {
        try {
            Simulation simulation = new Simulation(seed, safeguards, form, null);
            simulation.run();
            return simulation.outcome();
        } catch (Violation violation) {
            throw violation.in(seed);
        }
    }

    /// The digest of the checkpoint that an undisturbed run makes, of several in their order.
    static String undisturbed(JobRequest request) {
        Simulation simulation =
                new Simulation(0, Safeguards.ALL, UnaryOperator.identity(), request);
        simulation.settle();
        return digest(simulation.invariants.results().get(simulation.jobs.getFirst()));
    }

    private static String digest(JobResult result) {
        return result.candidates() == null
                ? result.sha256()
                : result.candidates().stream()
                        .map(JobResult.Candidate::sha256)
                        .collect(Collectors.joining(","));
    }

    /// Some have a limit that the pruned model of [FakeWork] breaks, some one that it keeps.
    private JobRequest randomRequest() {
        boolean calibrated = faults.chance(0.8);
        JobRequest request = unlimitedRequest(calibrated);
        if (!faults.chance(0.3)) {
            return request;
        }
        return Requests.limited(request, faults.chance(0.5) ? BROKEN_LIMIT : KEPT_LIMIT);
    }

    private JobRequest unlimitedRequest(boolean calibrated) {
        return Requests.request(
                calibrated ? MethodName.SPARSEGPT : MethodName.MAGNITUDE,
                faults.chance(0.5) ? Propagation.SEQUENTIAL : Propagation.DENSE,
                faults.chance(0.5),
                faults.chance(0.1) ? FallbackPolicy.FAIL : FallbackPolicy.DEGRADE,
                faults.below(2));
    }

    private void submit(JobRequest request) {
        JobId job = new JobId("job-" + jobs.size());
        jobs.add(job);
        request(job, new Event.Submitted(job, "default", request, Requests.model()));
    }

    private SimulatedWorker newWorker(Pool pool) {
        return new SimulatedWorker(
                "w" + names++, pool, queues.get(pool), faults, this::report, store, fallback);
    }

    /// A worker keeps what it has to say while the broker is away.
    private void report(TaskMessage message) {
        if (isBrokerAway()) {
            unsent.add(message);
            return;
        }
        Sent sent =
                new Sent(
                        offset++,
                        "m" + names++,
                        message.lease().job(),
                        new Event.Reported(message));
        results.add(sent);
        history.add(sent);
    }

    private void request(JobId job, Event event) {
        Sent sent = new Sent(offset++, "q" + names++, job, event);
        requests.add(sent);
        history.add(sent);
    }

    private Instant databaseNow() {
        return clock.plus(databaseOffset);
    }

    private boolean isBrokerAway() {
        return brokerAwayUntil.isAfter(clock);
    }

    private boolean isSchedulerDown() {
        return schedulerDownUntil.isAfter(clock);
    }

    /// Whether a worker works under the lease, and has done so all the time.
    private boolean isKept(Lease lease) {
        return workers.stream().anyMatch(worker -> worker.keeps(lease));
    }

    private Outcome outcome() {
        return new Outcome(
                invariants.decisions(),
                invariants.stale(),
                faults.seen(),
                ends,
                invariants.results());
    }

    private void run() {
        for (int step = 0; step < CHAOS_STEPS; step++) {
            chaosStep();
        }
        faults.calm();
        settle();
        if (faults.chance(0.7)) {
            jobs.forEach(this::retryIfStopped);
            settle();
        }
        jobs.forEach(this::checkEnd);
        if (faults.chance(0.3)) {
            jobs.forEach(job -> request(job, new Event.DeleteRequested()));
            settle();
            requests.addAll(history.stream().filter(s -> s.id().startsWith("q")).toList());
            settle();
            unless(scheduler.jobs().isEmpty(), "a deleted job stays away", scheduler.jobs());
        }
    }

    private void chaosStep() {
        clock = clock.plusMillis(100 + faults.below(1500));
        if (faults.strikes(Fault.DATABASE_CLOCK_JUMPS)) {
            databaseOffset = databaseOffset.plusSeconds(faults.below(150) - 75);
        }
        disturbWorkers();
        disturbServers();
        for (SimulatedWorker worker : workers) {
            if (!worker.isFrozen(clock)) {
                worker.act(clock);
            }
        }
        useAsUser();
        replay();
        if (!isSchedulerDown()) {
            schedulerStep();
        }
    }

    private void schedulerStep() {
        scheduler.look(databaseNow());
        if (!isBrokerAway()) {
            deliver(requests, 1);
            for (int i = 0; i < 3; i++) {
                deliver(results, 4);
            }
            probe();
            scheduler.relay(this::publish);
        }
        if (faults.chance(0.3)) {
            scheduler.tick(idle(), databaseNow());
        }
        if (faults.chance(0.6)) {
            scheduler.dispatch(SimulatedScheduler.live(workers), databaseNow());
        }
    }

    private void probe() {
        long done = results.stream().mapToLong(Sent::offset).min().orElse(offset);
        scheduler.probe(databaseNow(), done, offset);
    }

    private void disturbWorkers() {
        for (int i = 0; i < workers.size(); i++) {
            if (faults.strikes(Fault.WORKER_DIES)) {
                workers.set(i, newWorker(workers.get(i).pool()));
            } else if (faults.strikes(Fault.WORKER_FREEZES)) {
                workers.get(i).freeze(clock.plusSeconds(3 + faults.below(60)));
            }
        }
    }

    private void disturbServers() {
        if (faults.strikes(Fault.BROKER_AWAY)) {
            brokerAwayUntil = clock.plusSeconds(1 + faults.below(60));
        }
        if (faults.strikes(Fault.SCHEDULER_DOWN)) {
            schedulerDownUntil = clock.plusSeconds(1 + faults.below(60));
            scheduler.restart();
        }
        queues.values().forEach(queue -> queue.away(isBrokerAway()));
        if (!isBrokerAway()) {
            List<TaskMessage> kept = List.copyOf(unsent);
            unsent.clear();
            kept.forEach(this::report);
        }
    }

    private void useAsUser() {
        JobId job = faults.pick(jobs);
        if (faults.strikes(Fault.CANCELLED)) {
            invariants.cancelRequested(job);
            request(job, new Event.CancelRequested());
        }
        if (!faults.isCalm() && faults.chance(0.05)) {
            retryIfStopped(job);
        }
    }

    private void retryIfStopped(JobId job) {
        Job known = scheduler.jobs().get(job);
        if (known != null
                && (known.state() == JobState.FAILED || known.state() == JobState.CANCELLED)) {
            invariants.retryRequested(job);
            request(job, new Event.RetryRequested());
        }
    }

    /// Something old comes again, maybe long after.
    private void replay() {
        if (faults.strikes(Fault.MESSAGE_LONG_AFTER)) {
            Sent old = faults.pick(history);
            (old.id().startsWith("q") ? requests : results)
                    .add(new Sent(offset++, old.id(), old.job(), old.event()));
        }
    }

    /// Delivers one of the first `spread` messages.
    private void deliver(List<Sent> channel, int spread) {
        if (channel.isEmpty()) {
            return;
        }
        int index = faults.isCalm() ? 0 : faults.below(Math.min(spread, channel.size()));
        if (index > 0) {
            faults.count(Fault.MESSAGE_OVERTAKES);
        }
        Sent sent = channel.get(index);
        if (scheduler.receive(sent.id(), sent.job(), sent.event(), databaseNow())
                && !faults.strikes(Fault.MESSAGE_TWICE)) {
            channel.remove(index);
        }
    }

    private Set<Pool> idle() {
        Set<Pool> idle = EnumSet.noneOf(Pool.class);
        for (SimulatedWorker worker : workers) {
            if (worker.isIdleFor(10, clock)) {
                idle.add(worker.pool());
            }
        }
        return idle;
    }

    private void publish(String id, Command command) {
        switch (command) {
            case Command.PublishTask task ->
                    queues.get(
                                    task.work() instanceof WorkDraft.Complete complete
                                            ? Pool.of(complete.work().kind())
                                            : Pool.LAYERS)
                            .publish(task);
            case Command.Emit emit -> invariants.published(id, emit.event());
            case Command.Abandon abandon -> {
                for (SimulatedWorker worker : workers) {
                    if (!faults.strikes(Fault.ABANDON_NOT_HEARD) && !worker.isFrozen(clock)) {
                        worker.abandon(abandon.job());
                    }
                }
            }
            case Command.DeleteArtifacts _, Command.DeleteOutputs _ -> {}
        }
    }

    /// Nothing goes wrong any more; the mesh has to come to rest within a time.
    private void settle() {
        brokerAwayUntil = clock;
        schedulerDownUntil = clock;
        disturbServers();
        for (int step = 0; step < CALM_STEPS; step++) {
            if (requests.isEmpty() && results.isEmpty() && scheduler.isQuiet()) {
                return;
            }
            clock = clock.plusSeconds(1);
            for (SimulatedWorker worker : workers) {
                if (!worker.isFrozen(clock)) {
                    worker.act(clock);
                }
            }
            while (!requests.isEmpty()) {
                deliver(requests, 1);
            }
            while (!results.isEmpty()) {
                deliver(results, 1);
            }
            probe();
            if (step % 4 == 0) {
                scheduler.tick(idle(), databaseNow());
            }
            scheduler.dispatch(SimulatedScheduler.live(workers), databaseNow());
            scheduler.relay(this::publish);
        }
        throw new Violation(
                "every job ends",
                scheduler.jobs().values().stream()
                        .map(job -> job.id() + " is " + job.state())
                        .toList()
                        .toString());
    }

    private void checkEnd(JobId id) {
        Job job = scheduler.jobs().get(id);
        unless(job != null, "no job is lost", id);
        unless(job.state().isTerminal(), "every job ends", job.state());
        ends.merge(job.state(), 1L, Long::sum);
        boolean broken =
                Objects.equals(BROKEN_LIMIT, job.request().evaluation().maxPerplexityRatio());
        boolean degraded = broken || !fallback.isEmpty();
        switch (job.state()) {
            case SUCCEEDED, DEGRADED -> {
                unless(
                        (job.state() == JobState.DEGRADED) == degraded,
                        "a fallback or broken quality degrades",
                        job.state());
                unless(store.isEmpty(job), "a job that is done stores nothing", id);
                JobResult result = invariants.results().get(id);
                Invariants.checkComplete(job, result);
                unless(
                        broken == job.reason().startsWith("wiki: perplexity "),
                        "broken quality is the reason",
                        job.reason());
                if (fallback.isEmpty()) {
                    unless(
                            digest(result).equals(Undisturbed.of(job.request())),
                            "the output is the same bits",
                            result);
                }
            }
            case FAILED, CANCELLED -> {}
            case VALIDATING, QUEUED, PRUNING, ASSEMBLING, EVALUATING, CANCELLING ->
                    throw new Violation("every job ends", job.state().name());
        }
    }
}
