package io.sparsemesh.scheduler.core;

import static io.sparsemesh.scheduler.core.Violation.unless;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.artifact.ArtifactKeys;
import io.sparsemesh.contracts.event.JobChanged;
import io.sparsemesh.contracts.event.JobEvent;
import io.sparsemesh.contracts.event.JobResult;
import io.sparsemesh.contracts.event.TaskChanged;
import io.sparsemesh.contracts.job.Candidate;
import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.contracts.plan.PlannedTask;
import io.sparsemesh.contracts.task.Failure;
import io.sparsemesh.contracts.task.Lease;
import io.sparsemesh.contracts.task.TaskFailed;
import io.sparsemesh.contracts.task.TaskMessage;
import io.sparsemesh.contracts.task.TaskStarted;
import io.sparsemesh.contracts.task.TaskSucceeded;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// What must hold after every step, told apart from the code under test: leases, acceptance and
/// requests are counted here again from what was committed.
final class Invariants {

    private static final int WINDOW = 16;

    private record Key(JobId job, TaskId task) {}

    private final Map<Key, Set<Lease>> leases = new HashMap<>();
    private final Map<Key, Integer> accepted = new HashMap<>();
    private final Set<Key> takenBack = new HashSet<>();
    private final Map<JobId, Integer> cancelled = new HashMap<>();
    private final Map<JobId, Integer> retried = new HashMap<>();
    private final Map<JobId, Integer> created = new HashMap<>();
    private final Map<JobId, Integer> cancelRequests = new HashMap<>();
    private final Map<JobId, Integer> retryRequests = new HashMap<>();
    private final Map<JobId, JobState> seenState = new HashMap<>();
    private final Map<JobId, Long> seenSeq = new HashMap<>();
    private final Set<String> seenIds = new HashSet<>();
    private final Map<JobId, JobResult> results = new HashMap<>();
    private final Predicate<Lease> isKept;
    private final SimulatedStore store;
    private long stale;
    private long decisions;

    /// @param isKept whether a worker works under the lease and has done so all the time
    /// @param store before the decision's commands
    Invariants(Predicate<Lease> isKept, SimulatedStore store) {
        this.isKept = isKept;
        this.store = store;
    }

    void cancelRequested(JobId job) {
        cancelRequests.merge(job, 1, Integer::sum);
    }

    void retryRequested(JobId job) {
        retryRequests.merge(job, 1, Integer::sum);
    }

    long stale() {
        return stale;
    }

    long decisions() {
        return decisions;
    }

    Map<JobId, JobResult> results() {
        return results;
    }

    /// @param before null for a job that was not known
    void afterDecision(Job before, Event event, Decision decision) {
        Job after = decision.job();
        decisions++;
        stale += decision.notes().stream().filter(note -> note == Note.STALE).count();
        checkEvents(before, decision);
        if (before == null) {
            int times = created.merge(after.id(), 1, Integer::sum);
            unless(times == 1, "a request has one effect", after.id() + " created again");
        } else if (after != before) {
            checkReading(before, event);
            for (Task task : after.changedSince(before)) {
                checkTask(before, before.tasks().get(task.id()), event, after, task);
            }
            checkLosses(before, event, decision);
        }
        if (!decision.removed()) {
            checkJob(after);
        }
    }

    /// A worker that does its duty is not given up, whatever happens to scheduler and broker.
    private void checkLosses(Job before, Event event, Decision decision) {
        for (Command command : decision.commands()) {
            if (command instanceof Command.Emit(TaskChanged lost)
                    && lost.message().startsWith("no heartbeat")) {
                Task task = before.tasks().get(lost.task());
                unless(
                        !isKept.test(task.lease(before.id()).orElseThrow()),
                        "a worker that lives keeps its lease",
                        task.id() + " " + task.phase() + " by " + event);
            }
        }
    }

    private static void checkEvents(Job before, Decision decision) {
        long seq = before == null ? 0 : before.seq();
        JobState state = before == null ? JobState.VALIDATING : before.state();
        for (Command command : decision.commands()) {
            if (command instanceof Command.Emit(JobEvent event)) {
                unless(event.seq() == ++seq, "events have no gap", event);
                if (event instanceof JobChanged changed) {
                    unless(state.canBecome(changed.state()), "states follow the design", changed);
                    state = changed.state();
                }
            }
        }
        unless(seq == decision.job().seq(), "events have no gap", decision.job().seq());
        unless(state == decision.job().state(), "every change of state is told", state);
    }

    private void checkTask(Job beforeJob, Task before, Event event, Job job, Task task) {
        Key key = new Key(job.id(), task.id());
        if (before.status() == TaskStatus.SUCCEEDED) {
            takeBack(key, job, before, event, task);
        }
        unless(task.attempt() >= before.attempt(), "attempts only grow", task.id());
        switch (task.phase()) {
            case Phase.Running _ -> checkLease(key, before, event, job, task);
            case Phase.Succeeded _ -> checkAccepted(key, beforeJob, before, event);
            case Phase.Queued _ -> {
                unless(
                        task.attempt() > before.attempt() || before.phase() instanceof Phase.Queued,
                        "a task handed out again has a new attempt",
                        task.id());
                if (task.attempt() > before.attempt()) {
                    checkInputs(job, task);
                }
            }
            case Phase.Blocked _, Phase.Ready _, Phase.Failed _, Phase.Cancelled _ -> {}
        }
    }

    /// Whoever holds a lease finds what it was told to read.
    private void checkReading(Job before, Event event) {
        if (event instanceof Event.Reported(TaskFailed(Lease reader, Failure failure))
                && before.tasks()
                        .get(reader.task())
                        .lease(before.id())
                        .equals(Optional.of(reader))) {
            unless(
                    failure.artifact().isEmpty() || !store.isRemoved(failure.artifact()),
                    "nothing is removed that is still to be read",
                    reader + " misses " + failure.artifact());
        }
    }

    /// A result is taken back only because another task found its artifact damaged, or because one
    /// that was taken back needs it again and it was removed.
    private void takeBack(Key key, Job job, Task before, Event event, Task task) {
        unless(
                event instanceof Event.Reported(TaskFailed(Lease reader, Failure failure))
                        && !reader.task().equals(key.task())
                        && !failure.artifact().isEmpty()
                        && (ArtifactKeys.isOutput(
                                        failure.artifact(), key.job(), key.task(), before.attempt())
                                || store.isRemoved(job, before))
                        && task.status() != TaskStatus.SUCCEEDED,
                "a succeeded task changes only when its artifact is damaged, or removed and needed",
                before + " by " + event);
        accepted.merge(key, -1, Integer::sum);
        takenBack.add(key);
    }

    /// A lease that was superseded never comes back, and only a `started` makes a new one.
    private void checkLease(Key key, Task before, Event event, Job job, Task task) {
        checkInputs(job, task);
        Lease lease = task.lease(job.id()).orElseThrow();
        if (before.lease(job.id()).filter(lease::equals).isPresent()) {
            return;
        }
        unless(
                event instanceof Event.Reported(TaskStarted started)
                        && started.lease().equals(lease)
                        && lease.attempt() == before.attempt(),
                "a lease begins with its started",
                lease);
        unless(
                leases.computeIfAbsent(key, _ -> new HashSet<>()).add(lease),
                "one live lease",
                lease);
    }

    private void checkAccepted(Key key, Job beforeJob, Task before, Event event) {
        unless(
                event instanceof Event.Reported(TaskMessage message)
                        && message instanceof TaskSucceeded
                        && before.lease(beforeJob.id()).filter(message.lease()::equals).isPresent(),
                "an accepted result's lease was the current one",
                before + " took " + event);
        int times = accepted.merge(key, 1, Integer::sum);
        unless(times == 1, "a task has one accepted result", key);
    }

    private void checkInputs(Job job, Task task) {
        for (TaskId input : task.planned().dependsOn()) {
            unless(
                    isThere(job.tasks().get(input))
                            || !(task.phase() instanceof Phase.Queued)
                                    && takenBack.contains(new Key(job.id(), input)),
                    "no task starts before its inputs",
                    task.id() + " before " + input);
        }
    }

    /// A job whose quality broke is reported without what was not measured.
    private static boolean isThere(Task input) {
        return input.status() == TaskStatus.SUCCEEDED
                || input.status() == TaskStatus.CANCELLED
                        && input.planned() instanceof PlannedTask.Evaluate;
    }

    private void checkJob(Job job) {
        if (job.state().isTerminal()) {
            for (Task task : job.tasks().values()) {
                boolean over =
                        switch (task.status()) {
                            case SUCCEEDED, FAILED, CANCELLED -> true;
                            case BLOCKED, READY, QUEUED, RUNNING -> false;
                        };
                unless(over, "a job that is over has no open task", task);
            }
        }
    }

    void afterDispatch(Collection<Job> jobs) {
        for (Pool pool : Pool.values()) {
            long queued =
                    jobs.stream()
                            .flatMap(job -> job.tasks().values().stream())
                            .filter(t -> t.pool() == pool && t.status() == TaskStatus.QUEUED)
                            .count();
            unless(queued <= WINDOW, "the window holds", pool + " has " + queued);
        }
    }

    /// What a gateway sees of the events topic.
    void published(String id, JobEvent event) {
        if (!seenIds.add(id)) {
            return;
        }
        long seq = seenSeq.merge(event.job(), 1L, Long::sum);
        unless(event.seq() == seq, "published events have no gap", event);
        if (event instanceof JobChanged changed) {
            JobState state = seenState.getOrDefault(event.job(), JobState.VALIDATING);
            unless(state.canBecome(changed.state()), "published states follow", changed);
            seenState.put(event.job(), changed.state());
            countRequests(state, changed);
        }
    }

    private void countRequests(JobState before, JobChanged changed) {
        JobId job = changed.job();
        if (changed.state() == JobState.CANCELLING) {
            int times = cancelled.merge(job, 1, Integer::sum);
            unless(
                    times <= cancelRequests.getOrDefault(job, 0),
                    "a request has one effect",
                    job + " cancelled again");
        }
        if (changed.state() == JobState.QUEUED && before.isTerminal()) {
            int times = retried.merge(job, 1, Integer::sum);
            unless(
                    times <= retryRequests.getOrDefault(job, 0),
                    "a request has one effect",
                    job + " retried again");
        }
        if (changed.result() != null) {
            results.put(job, changed.result());
        }
    }

    /// Each linear stands exactly once for each candidate in a finished job, in the plan's order.
    static void checkComplete(Job job, JobResult result) {
        List<Candidate> candidates = made(job, result);
        List<String> planned = candidates.stream().flatMap(c -> planned(job, c)).toList();
        List<String> found = candidates.stream().flatMap(c -> found(job, c)).toList();
        unless(found.equals(planned), "each layer counts once", found);
        unless(result.layers() == planned.size(), "each layer counts once", result);
        unless(Set.copyOf(found).size() == found.size(), "each layer counts once", found);
    }

    /// Those whose layers the result counts.
    private static List<Candidate> made(Job job, JobResult result) {
        return result.allocation() == null
                ? job.request().method().candidates()
                : List.of(job.request().candidate(result.allocation().kept()));
    }

    private static Stream<String> planned(Job job, Candidate candidate) {
        return job.tasks().values().stream()
                .filter(task -> task.planned() instanceof PlannedTask.Solve)
                .map(task -> (PlannedTask.Solve) task.planned())
                .filter(solve -> solve.candidates().contains(candidate.name()))
                .flatMap(solve -> solve.linears().stream().map(candidate::layer));
    }

    private static Stream<String> found(Job job, Candidate candidate) {
        return new Outputs(job.tasks())
                .layers(candidate.name()).stream().map(layer -> candidate.layer(layer.name()));
    }
}
