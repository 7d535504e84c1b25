package io.sparsemesh.scheduler.core;

import static io.sparsemesh.scheduler.core.Violation.unless;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.event.JobResult;
import io.sparsemesh.contracts.job.FallbackPolicy;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.task.TaskMessage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// One run of a small mesh without a broker or a database, decided by its seed: jobs, workers that
/// die and freeze, a scheduler that dies, a broker that is away, messages that are lost, repeated
/// and reordered, a database clock that jumps. Then calm, in which everything has to come to its
/// end.
final class Simulation {

    private static final int CHAOS_STEPS = 300;
    private static final int CALM_STEPS = 1500;
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private record Sent(String id, JobId job, Event event) {}

    private final Faults faults;
    private final Invariants invariants = new Invariants();
    private final SimulatedScheduler scheduler;
    private final Map<Pool, ShareQueue> queues = new EnumMap<>(Pool.class);
    private final List<SimulatedWorker> workers = new ArrayList<>();
    private final List<Sent> requests = new ArrayList<>();
    private final List<Sent> results = new ArrayList<>();
    private final List<Sent> history = new ArrayList<>();
    private final List<JobId> jobs = new ArrayList<>();
    private final String fallback;
    private Instant clock = START;
    private Duration databaseOffset = Duration.ZERO;
    private Instant heardFrom = START;
    private Instant heardUntil = START;
    private Instant outageEnd = START;
    private long names;

    private Simulation(long seed, Safeguards safeguards, JobRequest only) {
        this.faults = new Faults(seed);
        this.fallback = faults.chance(0.2) ? "layers.1.fc" : "";
        Policy policy = Policy.standard(Duration.ofMinutes(10));
        this.scheduler = new SimulatedScheduler(policy, safeguards, faults, invariants);
        for (Pool pool : Pool.values()) {
            queues.put(pool, new ShareQueue(faults));
            for (int i = 0; i < 2; i++) {
                workers.add(newWorker(pool));
            }
        }
        if (only == null) {
            submit(randomRequest());
            if (faults.chance(0.4)) {
                submit(randomRequest());
            }
        } else {
            faults.calm();
            submit(only);
        }
    }

    /// @throws Violation if an invariant breaks
    static Invariants run(long seed, Safeguards safeguards) {
        try {
            return new Simulation(seed, safeguards, null).run();
        } catch (Violation violation) {
            throw violation.in(seed);
        }
    }

    /// The digest of the checkpoint that an undisturbed run makes.
    static String undisturbed(JobRequest request) {
        Simulation simulation = new Simulation(0, Safeguards.ALL, request);
        simulation.settle();
        return simulation.invariants.results().get(simulation.jobs.getFirst()).sha256();
    }

    private JobRequest randomRequest() {
        boolean calibrated = faults.chance(0.8);
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
        request(job, new Event.Submitted(job, request, Requests.model()));
    }

    private SimulatedWorker newWorker(Pool pool) {
        return new SimulatedWorker(
                "w" + names++, pool, queues.get(pool), faults, this::report, fallback);
    }

    private void report(TaskMessage message) {
        Sent sent = new Sent("m" + names++, message.lease().job(), new Event.Reported(message));
        results.add(sent);
        history.add(sent);
    }

    private void request(JobId job, Event event) {
        Sent sent = new Sent("q" + names++, job, event);
        requests.add(sent);
        history.add(sent);
    }

    /// While the broker is away, nothing that was reported arrives.
    private boolean isOutage() {
        return clock.isBefore(outageEnd);
    }

    private void disturbBroker() {
        if (!isOutage() && faults.strikes(0.01)) {
            heardUntil = clock;
            outageEnd = clock.plusSeconds(1 + faults.below(90));
        }
    }

    private Hearing hearing() {
        if (!isOutage()) {
            heardFrom = heardFrom.isBefore(outageEnd) ? outageEnd : heardFrom;
            heardUntil = clock;
        }
        return new Hearing(
                Duration.between(heardFrom, heardUntil), Duration.between(heardUntil, clock));
    }

    private Instant databaseNow() {
        return clock.plus(databaseOffset);
    }

    private Invariants run() {
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
        return invariants;
    }

    private void chaosStep() {
        clock = clock.plusMillis(100 + faults.below(1500));
        if (faults.strikes(0.01)) {
            databaseOffset = databaseOffset.plusSeconds(faults.below(150) - 75);
        }
        disturbWorkers();
        disturbBroker();
        for (SimulatedWorker worker : workers) {
            if (!worker.isFrozen(clock)) {
                worker.act(clock);
            }
        }
        useAsUser();
        replay();
        deliver(requests, 1);
        for (int i = 0; i < 3 && !isOutage(); i++) {
            deliver(results, 4);
        }
        if (faults.chance(0.3)) {
            scheduler.tick(idle(), hearing(), databaseNow());
        }
        if (faults.chance(0.6)) {
            scheduler.dispatch(SimulatedScheduler.live(workers), databaseNow());
        }
        scheduler.relay(this::publish);
    }

    private void disturbWorkers() {
        for (int i = 0; i < workers.size(); i++) {
            if (faults.strikes(0.008)) {
                workers.set(i, newWorker(workers.get(i).pool()));
            } else if (faults.strikes(0.008)) {
                workers.get(i).freeze(clock.plusSeconds(3 + faults.below(60)));
            }
        }
    }

    private void useAsUser() {
        JobId job = faults.pick(jobs);
        if (faults.strikes(0.003)) {
            invariants.cancelRequested(job);
            request(job, new Event.CancelRequested());
        }
        if (faults.strikes(0.05)) {
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
        if (faults.strikes(0.05)) {
            Sent old = faults.pick(history);
            (old.id().startsWith("q") ? requests : results).add(old);
        }
    }

    /// Delivers one of the first `spread` messages.
    private void deliver(List<Sent> channel, int spread) {
        if (channel.isEmpty()) {
            return;
        }
        int index = faults.isCalm() ? 0 : faults.below(Math.min(spread, channel.size()));
        Sent sent = channel.get(index);
        if (scheduler.receive(sent.id(), sent.job(), sent.event(), databaseNow())
                && !faults.strikes(0.03)) {
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
                    if (!faults.strikes(0.3) && !worker.isFrozen(clock)) {
                        worker.abandon(abandon.job());
                    }
                }
            }
            case Command.DeleteArtifacts _ -> {}
        }
    }

    /// Nothing goes wrong any more; the mesh has to come to rest within a time.
    private void settle() {
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
            if (step % 4 == 0) {
                scheduler.tick(idle(), hearing(), databaseNow());
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
        boolean degraded = !fallback.isEmpty();
        switch (job.state()) {
            case SUCCEEDED, DEGRADED -> {
                unless(
                        (job.state() == JobState.DEGRADED) == degraded,
                        "a fallback degrades",
                        job.state());
                JobResult result = invariants.results().get(id);
                Invariants.checkComplete(job, result);
                if (!degraded) {
                    unless(
                            result.sha256().equals(Undisturbed.of(job.request())),
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
