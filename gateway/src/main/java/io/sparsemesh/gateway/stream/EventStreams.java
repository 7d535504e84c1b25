package io.sparsemesh.gateway.stream;

import io.quarkus.runtime.ShutdownEvent;
import io.sparsemesh.contracts.JobId;
import io.sparsemesh.gateway.event.EventLog;
import io.sparsemesh.gateway.event.JobEventJson;
import io.sparsemesh.gateway.event.Wakeup;
import io.sparsemesh.gateway.job.JobView;
import io.sparsemesh.gateway.job.JobViews;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;

/// Follows the event log for clients, from the position that each names. The streams hold no state
/// beyond that, so a client may go on at any gateway.
@ApplicationScoped
class EventStreams {

    private static final Logger LOG = Logger.getLogger(EventStreams.class);
    private static final int BATCH = 500;

    private final EventLog log;
    private final JobViews views;
    private final Wakeup wakeup;
    private final Duration heartbeat;
    private volatile boolean running = true;

    EventStreams(EventLog log, JobViews views, Wakeup wakeup, StreamSettings settings) {
        this.log = log;
        this.views = views;
        this.wakeup = wakeup;
        this.heartbeat = settings.heartbeat();
    }

    void stop(@Observes ShutdownEvent event) {
        running = false;
        wakeup.signal();
    }

    /// Sends a job's events after number `from`, and `end` when it has ended and all were sent.
    void ofJob(JobId id, long from, EventSink sink) {
        follow(sink, new JobFollower(id, from, sink));
    }

    /// Sends the events of all jobs after position `from`, until the client leaves.
    void ofAll(long from, EventSink sink) {
        long[] position = {from};
        follow(
                sink,
                () -> {
                    List<JobEventJson> events = log.afterId(position[0], BATCH);
                    for (JobEventJson event : events) {
                        sink.event(event.id(), event);
                        position[0] = event.id();
                    }
                    return events.isEmpty() ? Step.IDLE : Step.SENT;
                });
    }

    private enum Step {
        SENT,
        IDLE,
        ENDED
    }

    @FunctionalInterface
    private interface Follower {
        Step step();
    }

    private final class JobFollower implements Follower {
        private final JobId id;
        private final EventSink sink;
        private long position;

        JobFollower(JobId id, long from, EventSink sink) {
            this.id = id;
            this.position = from;
            this.sink = sink;
        }

        /// The view is read before the events: if it has ended, its last event is among them.
        @Override
        public Step step() {
            Optional<JobView> view = views.find(id);
            List<JobEventJson> events = log.after(id, position, BATCH);
            for (JobEventJson event : events) {
                sink.event(event.seq(), event);
                position = event.seq();
            }
            if (events.size() == BATCH) {
                return Step.SENT;
            }
            String state = view.map(v -> v.state().name()).orElse("REMOVED");
            if (view.isEmpty() || view.get().state().isTerminal()) {
                sink.named("end", Map.of("jobId", id.value(), "state", state));
                return Step.ENDED;
            }
            return events.isEmpty() ? Step.IDLE : Step.SENT;
        }
    }

    private void follow(EventSink sink, Follower follower) {
        try (sink) {
            sink.heartbeat();
            long lastSent = System.nanoTime();
            Step step = Step.IDLE;
            while (running && sink.isOpen() && step != Step.ENDED) {
                long mark = wakeup.mark();
                step = tryStep(follower);
                if (step == Step.SENT) {
                    lastSent = System.nanoTime();
                } else if (step == Step.IDLE) {
                    lastSent = waitOrBeat(sink, mark, lastSent);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// While the database is away the stream waits: the client would only come back to the same.
    private Step tryStep(Follower follower) {
        try {
            return follower.step();
        } catch (RuntimeException e) {
            LOG.warnf("event stream waits for the database: %s", e);
            return Step.IDLE;
        }
    }

    private long waitOrBeat(EventSink sink, long mark, long lastSent) throws InterruptedException {
        long left = lastSent + heartbeat.toNanos() - System.nanoTime();
        if (left > 0) {
            wakeup.await(mark, Duration.ofNanos(left));
            return lastSent;
        }
        sink.heartbeat();
        return System.nanoTime();
    }
}
