package io.sparsemesh.taskqueue;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.event.WorkerStatus;
import io.sparsemesh.contracts.message.MessageException;
import io.sparsemesh.contracts.task.Failure;
import io.sparsemesh.contracts.task.LayerTask;
import io.sparsemesh.contracts.task.Lease;
import io.sparsemesh.contracts.task.TaskFailed;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskSucceeded;
import io.sparsemesh.tracing.LogKeys;
import io.sparsemesh.tracing.Step;
import io.sparsemesh.tracing.Tracing;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes tasks one at a time, has them done, and reports.
///
/// One thread takes and works, one sends heartbeats and the worker's state, one listens for jobs to
/// abandon. For each task: take the record, publish `started` and wait until the broker has it,
/// accept the record, work, publish the result for as long as it takes. No record is held while
/// working. If the worker dies before it accepts, the broker gives the record to another one with
/// a greater delivery count; if later, the scheduler misses the heartbeats.
public final class TaskWorker implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(TaskWorker.class);
    private static final Duration START_LIMIT = Duration.ofSeconds(10);
    private static final Duration RESULT_LIMIT = Duration.ofSeconds(35);
    private static final Duration LAST_WORDS = Duration.ofSeconds(3);
    private static final Duration STATUS_PAUSE = Duration.ofMillis(250);
    private static final int HEARTBEATS_MISSED = 3;

    private final WorkerSettings settings;
    private final WorkerProfile profile;
    private final TaskHandler handler;
    private final FailureMapping failures;
    private final TaskObserver observer;
    private final Tracing tracing;
    private final Results results;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final ControlListener control;
    private final Thread taking;
    private final Thread listening;
    private final ScheduledExecutorService pulse;
    private final AtomicBoolean statusDue = new AtomicBoolean();
    private volatile long statusNanos = System.nanoTime() - STATUS_PAUSE.toNanos();
    private volatile Optional<TaskQueue> queue = Optional.empty();
    private volatile Optional<Attempt> current = Optional.empty();
    private volatile boolean draining;

    /// Without traces.
    public TaskWorker(
            WorkerSettings settings,
            WorkerProfile profile,
            TaskHandler handler,
            FailureMapping failures,
            TaskObserver observer) {
        this(settings, profile, handler, failures, observer, Tracing.off());
    }

    /// @param tracing gets a step for each attempt; the caller closes it
    public TaskWorker(
            WorkerSettings settings,
            WorkerProfile profile,
            TaskHandler handler,
            FailureMapping failures,
            TaskObserver observer,
            Tracing tracing) {
        this.settings = settings;
        this.profile = profile;
        this.handler = handler;
        this.failures = failures;
        this.observer = observer;
        this.tracing = tracing;
        this.results = new Results(settings, profile);
        this.control = new ControlListener(settings.bootstrap(), stop, this::abandon);
        this.taking = Thread.ofPlatform().daemon().name("tasks").unstarted(this::takeTasks);
        this.listening = Thread.ofPlatform().daemon().name("task-control").unstarted(control);
        this.pulse =
                Executors.newSingleThreadScheduledExecutor(
                        Thread.ofPlatform().daemon().name("task-pulse").factory());
    }

    /// Starts to take tasks. Brokers need not be there yet.
    public void start() {
        long millis = settings.heartbeat().toMillis();
        pulse.scheduleAtFixedRate(this::beat, 0, millis, TimeUnit.MILLISECONDS);
        listening.start();
        taking.start();
    }

    /// Whether the worker still takes tasks, or was asked to stop and gives the last one its time;
    /// if neither, nothing short of a restart helps.
    public boolean isAlive() {
        return draining || stop.getCount() > 0 && taking.isAlive() && listening.isAlive();
    }

    /// Whether the broker has lately acknowledged what this worker says.
    public boolean isConnected() {
        return results.acknowledgedWithin(settings.heartbeat().multipliedBy(HEARTBEATS_MISSED));
    }

    /// `job/task` that is worked on, or empty.
    public Optional<String> currentTask() {
        return current.map(Attempt::name);
    }

    /// Opens when the worker hears which jobs are abandoned.
    CountDownLatch listening() {
        return control.listening();
    }

    private void takeTasks() {
        Backoff backoff = new Backoff(stop);
        String trouble = "";
        while (stop.getCount() > 0) {
            try (TaskQueue opened = new TaskQueue(settings, profile.worker())) {
                queue = Optional.of(opened);
                while (stop.getCount() > 0) {
                    takeOne(opened);
                    backoff.reset();
                    trouble = "";
                }
            } catch (WakeupException | InterruptException | InterruptedException e) {
                LOG.debug("taking tasks was interrupted: {}", e.toString());
            } catch (RuntimeException e) {
                trouble = logOnce(trouble, e);
                pauseUnlessStopped(backoff);
            } finally {
                queue = Optional.empty();
            }
        }
    }

    private static String logOnce(String before, RuntimeException e) {
        String now = e.toString();
        if (!now.equals(before)) {
            LOG.warn("cannot take tasks, the worker keeps trying: {}", now);
        }
        return now;
    }

    private static void pauseUnlessStopped(Backoff backoff) {
        try {
            backoff.pause();
        } catch (InterruptedException e) {
            LOG.debug("the pause was interrupted, the worker is asked to stop");
        }
    }

    private void takeOne(TaskQueue from) throws InterruptedException {
        Optional<TaskRecord> taken = from.take();
        if (taken.isEmpty()) {
            return;
        }
        Optional<LayerTask> task = decode(taken.get());
        if (task.isEmpty()) {
            from.acknowledge(taken.get(), AcknowledgeType.REJECT);
            return;
        }
        attempt(from, taken.get(), task.get());
    }

    private void attempt(TaskQueue from, TaskRecord taken, LayerTask task)
            throws InterruptedException {
        Lease lease = task.lease(taken.delivery(), profile.worker());
        try (Step step = step(taken, lease, task);
                LogKeys _ = LogKeys.job(task.job()).task(task.task(), task.attempt()).step(step)) {
            Attempt attempt = new Attempt(task, lease, step);
            if (!results.started(lease, START_LIMIT)) {
                step.fail("the broker does not acknowledge");
                from.acknowledge(taken, AcknowledgeType.RELEASE);
                return;
            }
            observer.announced(task);
            from.acknowledge(taken, AcknowledgeType.ACCEPT);
            work(attempt);
        }
    }

    private Step step(TaskRecord taken, Lease lease, LayerTask task) {
        String name = task.work().kind().name().toLowerCase(Locale.ROOT);
        return tracing.begin(name, Tracing.Role.CONSUMER, Records.traceparent(taken.record()))
                .with("sparsemesh.job.id", lease.job())
                .with("sparsemesh.task.id", lease.task())
                .with("sparsemesh.attempt", lease.attempt())
                .with("sparsemesh.worker", lease.worker());
    }

    private Optional<LayerTask> decode(TaskRecord taken) {
        try {
            return Optional.of(Records.decode(taken.record(), LayerTask.class));
        } catch (MessageException e) {
            LOG.error("record {} rejected: {}", Records.place(taken.record()), e.getMessage());
            results.deadLetter(taken.record(), e.getMessage());
            return Optional.empty();
        }
    }

    private void work(Attempt attempt) throws InterruptedException {
        current = Optional.of(attempt);
        sendStatus();
        observer.started(attempt.task());
        try {
            TaskOutput output = handler.run(attempt.task(), attempt);
            reportSuccess(attempt, output);
        } catch (TaskAbandonedException e) {
            reportFailure(attempt, new Failure(Failure.Kind.ABANDONED, false, e.getMessage()));
        } catch (Exception | LinkageError | AssertionError e) {
            // Whatever a handler throws ends its task alone; the scheduler hears what it was.
            reportFailure(attempt, failures.failure(e));
            leaveIfUnfit(e);
        } catch (VirtualMachineError e) {
            reportFailure(attempt, failures.failure(e));
            observer.fatal(e);
        } finally {
            current = Optional.empty();
            sendStatus();
        }
    }

    private void leaveIfUnfit(Throwable thrown) {
        if (failures.endsProcess(thrown)) {
            stop.countDown();
            observer.unfit(thrown);
        }
    }

    private void reportSuccess(Attempt attempt, TaskOutput output) throws InterruptedException {
        TaskSucceeded success =
                new TaskSucceeded(
                        attempt.lease(), output, TimeUnit.NANOSECONDS.toMillis(attempt.nanos()));
        try {
            report(
                    attempt,
                    "succeeded",
                    () -> results.succeeded(success, attempt.step().traceparent(), RESULT_LIMIT));
        } catch (MessageException e) {
            Failure failure = new Failure(Failure.Kind.INTERNAL, false, e.getMessage());
            TaskFailed failed = new TaskFailed(attempt.lease(), failure);
            attempt.step().fail(failure.message());
            publish(() -> results.failed(failed, attempt.step().traceparent(), RESULT_LIMIT));
        }
    }

    private void reportFailure(Attempt attempt, Failure failure) throws InterruptedException {
        LOG.warn(
                "task failed: task={} attempt={} kind={} retryable={}: {}",
                attempt.name(),
                attempt.lease().attempt(),
                failure.kind(),
                failure.retryable(),
                failure.message());
        attempt.step().fail(failure.kind() + ": " + failure.message());
        TaskFailed failed = new TaskFailed(attempt.lease(), failure);
        report(
                attempt,
                failure.kind().name(),
                () -> results.failed(failed, attempt.step().traceparent(), RESULT_LIMIT));
    }

    /// Publishes something; true when it is acknowledged.
    @FunctionalInterface
    private interface Publication {
        boolean publish() throws InterruptedException;
    }

    private void report(Attempt attempt, String outcome, Publication publication)
            throws InterruptedException {
        observer.finished(attempt.task(), outcome, Duration.ofNanos(attempt.nanos()));
        if (attempt.claimReport()) {
            publish(publication);
        }
    }

    /// Tries for as long as the process lives; heartbeats go on meanwhile.
    private void publish(Publication publication) throws InterruptedException {
        Backoff backoff = new Backoff(stop);
        while (!publication.publish()) {
            backoff.pause();
        }
    }

    private void abandon(JobId job) {
        current.filter(attempt -> attempt.lease().job().equals(job))
                .ifPresent(
                        attempt -> {
                            LOG.info("task abandoned: task={}", attempt.name());
                            attempt.abandon();
                        });
    }

    private void beat() {
        try {
            current.filter(this::hangs).ifPresent(this::leaveHung);
            current.ifPresent(attempt -> results.heartbeat(attempt.lease()));
            results.status(status());
        } catch (RuntimeException e) {
            LOG.warn("heartbeat not sent: {}", e.toString());
        }
    }

    private boolean hangs(Attempt attempt) {
        return attempt.nanos() > settings.attempt().toNanos();
    }

    /// Its thread cannot be ended: a kernel or a call to a library does not come back. The process
    /// can.
    private void leaveHung(Attempt attempt) {
        if (!attempt.claimReport()) {
            return;
        }
        String why =
                "%s did not finish within %d s"
                        .formatted(profile.worker(), settings.attempt().toSeconds());
        Failure failure = new Failure(Failure.Kind.INTERNAL, true, why);
        attempt.abandon();
        stop.countDown();
        try {
            sayLast(attempt, failure);
        } finally {
            observer.unfit(new IllegalStateException(attempt.name() + ": " + why));
        }
    }

    /// Once; if nobody hears it, the scheduler misses the heartbeats.
    private void sayLast(Attempt attempt, Failure failure) {
        try {
            results.failed(
                    new TaskFailed(attempt.lease(), failure),
                    attempt.step().traceparent(),
                    LAST_WORDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private WorkerStatus status() {
        return profile.status(current.map(Attempt::name).orElse(""), stop.getCount() == 0);
    }

    /// Soon: at once after a while of silence, and then not more often than someone can look.
    private void sendStatus() {
        if (!statusDue.compareAndSet(false, true)) {
            return;
        }
        long pause = STATUS_PAUSE.toNanos() - (System.nanoTime() - statusNanos);
        try {
            pulse.schedule(this::sendDueStatus, Math.max(0, pause), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("the worker has stopped, its state is known");
        }
    }

    private void sendDueStatus() {
        statusNanos = System.nanoTime();
        statusDue.set(false);
        results.status(status());
    }

    /// Takes no more tasks, gives the running one time to end, hands it back otherwise, and says
    /// that the worker leaves.
    @Override
    public void close() {
        close(() -> {});
    }

    /// As [#close()], then runs `release` if no task runs any more, so that it may close what tasks
    /// use.
    ///
    /// @return false if a task that was handed back still runs, and `release` was not run
    public boolean close(Runnable release) {
        draining = taking.isAlive();
        stop.countDown();
        sendStatus();
        queue.ifPresent(TaskQueue::wakeup);
        try {
            if (taking.isAlive() && !taking.join(settings.shutdownGrace())) {
                current.ifPresent(this::handBack);
                taking.interrupt();
                taking.join(LAST_WORDS);
            }
            listening.join(LAST_WORDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            leave();
            draining = false;
        }
        if (taking.isAlive()) {
            return false;
        }
        release.run();
        return true;
    }

    private void handBack(Attempt attempt) {
        attempt.abandon();
        if (!attempt.claimReport()) {
            return;
        }
        LOG.info("task handed back, the worker stops: task={}", attempt.name());
        Failure failure =
                new Failure(Failure.Kind.LOST, true, "worker " + profile.worker() + " stopped");
        sayLast(attempt, failure);
    }

    private void leave() {
        pulse.shutdownNow();
        results.status(profile.status("", true));
        results.close();
    }
}
