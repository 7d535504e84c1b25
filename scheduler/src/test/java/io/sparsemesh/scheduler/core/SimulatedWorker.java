package io.sparsemesh.scheduler.core;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.task.Failure;
import io.sparsemesh.contracts.task.Lease;
import io.sparsemesh.contracts.task.TaskFailed;
import io.sparsemesh.contracts.task.TaskHeartbeat;
import io.sparsemesh.contracts.task.TaskMessage;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskStarted;
import io.sparsemesh.contracts.task.TaskSucceeded;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/// One worker process: poll, started, accept, work, artifact, result. It may die or freeze between
/// any two of these, and a frozen one goes on later as if nothing had happened.
final class SimulatedWorker {

    private enum Step {
        IDLE,
        POLLED,
        ANNOUNCED,
        WORKING,
        WRITTEN
    }

    private final String name;
    private final Pool pool;
    private final ShareQueue queue;
    private final Faults faults;
    private final Consumer<TaskMessage> results;
    private final SimulatedStore store;
    private final String fallback;
    private Step step = Step.IDLE;
    private ShareQueue.Entry entry;
    private Lease lease;
    private TaskMessage result;
    private Instant frozenUntil = Instant.MIN;
    private final Set<Lease> left = new HashSet<>();
    private boolean steady;
    private Instant busyUntil = Instant.MIN;
    private Instant nextHeartbeat = Instant.MIN;
    private Instant idleSince = Instant.MAX;

    SimulatedWorker(
            String name,
            Pool pool,
            ShareQueue queue,
            Faults faults,
            Consumer<TaskMessage> results,
            SimulatedStore store,
            String fallback) {
        this.name = name;
        this.pool = pool;
        this.queue = queue;
        this.faults = faults;
        this.results = results;
        this.store = store;
        this.fallback = fallback;
    }

    Pool pool() {
        return pool;
    }

    boolean isIdleFor(long seconds, Instant clock) {
        return step == Step.IDLE && idleSince.isBefore(clock.minusSeconds(seconds));
    }

    boolean isFrozen(Instant clock) {
        return frozenUntil.isAfter(clock);
    }

    void freeze(Instant until) {
        frozenUntil = until;
        steady = false;
    }

    /// Whether it works under `other` for the first time (the record may lie in Kafka twice), and
    /// has neither paused nor lost a message since it took the task.
    boolean keeps(Lease other) {
        return steady
                && !left.contains(other)
                && step != Step.IDLE
                && step != Step.POLLED
                && other.equals(lease);
    }

    /// Lets go of what it does for the job.
    void abandon(JobId job) {
        if (lease != null && lease.job().equals(job) && step != Step.IDLE) {
            if (faults.chance(0.5)) {
                send(new TaskFailed(lease, new Failure(Failure.Kind.ABANDONED, true, "asked to")));
            }
            rest();
        }
    }

    /// @param clock this machine's clock, which does not jump
    void act(Instant clock) {
        if (step != Step.IDLE && step != Step.POLLED && !nextHeartbeat.isAfter(clock)) {
            send(new TaskHeartbeat(lease));
            nextHeartbeat = clock.plusSeconds(5);
        }
        switch (step) {
            case IDLE -> poll(clock);
            case POLLED -> {
                send(new TaskStarted(lease));
                nextHeartbeat = clock.plusSeconds(5);
                step = Step.ANNOUNCED;
            }
            case ANNOUNCED -> {
                boolean accepted = queue.accept(entry, name, clock);
                step = Step.WORKING;
                busyUntil = clock.plusSeconds(1 + faults.below(12));
                if (!accepted && faults.chance(0.5)) {
                    rest();
                }
            }
            case WORKING -> {
                if (!busyUntil.isAfter(clock)) {
                    result = outcome();
                    step = Step.WRITTEN;
                }
            }
            case WRITTEN -> {
                send(result);
                rest();
            }
        }
    }

    private void poll(Instant clock) {
        if (idleSince.isAfter(clock)) {
            idleSince = clock;
        }
        queue.poll(name, clock)
                .ifPresent(
                        polled -> {
                            entry = polled;
                            lease =
                                    new Lease(
                                            polled.task().job(),
                                            polled.task().task(),
                                            polled.task().attempt(),
                                            polled.deliveries(),
                                            name);
                            step = Step.POLLED;
                            steady = true;
                        });
    }

    private void rest() {
        left.add(lease);
        step = Step.IDLE;
        idleSince = Instant.MAX;
    }

    private TaskMessage outcome() {
        if (faults.strikes(Fault.ATTEMPT_FAILS)) {
            return new TaskFailed(lease, new Failure(Failure.Kind.DEVICE, true, "hiccup"));
        }
        List<String> inputs = FakeWork.inputs(entry.task().work());
        Optional<String> missing = inputs.stream().filter(store::isRemoved).findFirst();
        if (missing.isPresent()) {
            return unreadable(missing.get(), "found nothing");
        }
        if (!inputs.isEmpty() && faults.strikes(Fault.INPUT_DAMAGED)) {
            return unreadable(faults.pick(inputs), "damaged");
        }
        if (faults.strikes(Fault.TASK_FAILS_FOR_GOOD)) {
            return new TaskFailed(lease, new Failure(Failure.Kind.NUMERICAL, false, "NaN"));
        }
        return new TaskSucceeded(lease, output(), 5);
    }

    private TaskMessage unreadable(String artifact, String why) {
        return new TaskFailed(lease, new Failure(Failure.Kind.STORAGE, true, why).of(artifact));
    }

    private TaskOutput output() {
        return FakeWork.done(entry.task().work(), lease, fallback);
    }

    private void send(TaskMessage message) {
        if (faults.strikes(Fault.MESSAGE_LOST)) {
            steady = false;
        } else {
            results.accept(message);
        }
    }
}
