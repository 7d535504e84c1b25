package io.sparsemesh.gateway.stream;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.sparsemesh.gateway.access.Tenant;
import io.sparsemesh.gateway.event.EventLog;
import io.sparsemesh.gateway.event.JobEventJson;
import io.sparsemesh.gateway.event.Wakeup;
import io.sparsemesh.gateway.job.JobRef;
import io.sparsemesh.gateway.job.JobView;
import io.sparsemesh.gateway.job.JobViews;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.ws.rs.sse.OutboundSseEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jboss.logging.Logger;

/// Follows the event log for clients, from the position that each names. The streams hold no state
/// beyond that, so a client may go on at any gateway. Events are read when the client has taken the
/// ones before: a slow client slows its own stream only.
@ApplicationScoped
class EventStreams {

    private static final Logger LOG = Logger.getLogger(EventStreams.class);
    private static final int BATCH = 500;
    private static final Executor THREADS = Thread.ofVirtual().name("event-stream")::start;

    private final EventLog log;
    private final JobViews views;
    private final Wakeup wakeup;
    private final Duration heartbeat;
    private final Duration longest;
    private final MeterRegistry metrics;
    private final OpenStreams open;
    private volatile boolean running = true;

    EventStreams(
            EventLog log,
            JobViews views,
            Wakeup wakeup,
            StreamSettings settings,
            MeterRegistry metrics) {
        this.log = log;
        this.views = views;
        this.wakeup = wakeup;
        this.heartbeat = settings.heartbeat();
        this.longest = settings.longest();
        this.open = new OpenStreams(settings.perTenant());
        this.metrics = metrics;
    }

    void start(@Observes StartupEvent event) {
        Gauge.builder("sparsemesh.gateway.streams.open", open, OpenStreams::all)
                .description("Event streams that clients read")
                .register(metrics);
    }

    void stop(@Observes ShutdownEvent event) {
        running = false;
        wakeup.signal();
    }

    /// A job's events after number `from`, and `end` when it has ended and all were sent.
    Multi<OutboundSseEvent> ofJob(JobRef job, long from, EventFormat format) {
        return stream(job.tenant(), new JobFollower(job, from, format), format);
    }

    /// The events of all jobs of a tenant after position `from`, until the client leaves.
    Multi<OutboundSseEvent> ofAll(Tenant tenant, long from, EventFormat format) {
        return stream(tenant, new AllFollower(tenant, from, format), format);
    }

    /// The status is sent before the stream is opened, and one that is never opened is never
    /// closed: what finds no room any more then ends at once, and its client comes back to a 429.
    private Multi<OutboundSseEvent> stream(Tenant tenant, Follower follower, EventFormat format) {
        open.requireRoom(tenant);
        return Multi.createFrom()
                .deferred(
                        () ->
                                open.opened(tenant)
                                        ? feed(new Feed(follower, format))
                                                .onTermination()
                                                .invoke(() -> open.closed(tenant))
                                        : Multi.createFrom().empty());
    }

    private static Multi<OutboundSseEvent> feed(Feed feed) {
        return Multi.createBy()
                .repeating()
                .uni(() -> Uni.createFrom().item(feed::next).runSubscriptionOn(THREADS))
                .until(List::isEmpty)
                .onItem()
                .disjoint();
    }

    /// Reads on from a position.
    private interface Follower {

        /// What is new, empty if nothing is.
        List<OutboundSseEvent> next();

        /// Whether nothing more will ever come.
        boolean isAtEnd();
    }

    /// What one client gets, asked for part by part.
    private final class Feed {
        private final Follower follower;
        private final EventFormat format;
        private final long end = System.nanoTime() + longest.toNanos();
        private boolean begun;

        Feed(Follower follower, EventFormat format) {
            this.follower = follower;
            this.format = format;
        }

        /// Waits for news, or for the time of a heartbeat. The first comes at once, so that the
        /// client knows that it is connected.
        ///
        /// @return empty at the end of the stream
        List<OutboundSseEvent> next() {
            if (!begun) {
                begun = true;
                return List.of(format.heartbeat());
            }
            try {
                return await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return List.of();
            }
        }

        private List<OutboundSseEvent> await() throws InterruptedException {
            long beat = System.nanoTime() + heartbeat.toNanos();
            while (running && !follower.isAtEnd() && System.nanoTime() - end < 0) {
                long mark = wakeup.mark();
                List<OutboundSseEvent> news = tryNext();
                if (!news.isEmpty()) {
                    return news;
                }
                long left = beat - System.nanoTime();
                if (left <= 0) {
                    return List.of(format.heartbeat());
                }
                wakeup.await(mark, Duration.ofNanos(left));
            }
            return List.of();
        }

        /// While the database is away the stream waits: the client would only come back to the
        /// same.
        private List<OutboundSseEvent> tryNext() {
            try {
                return follower.next();
            } catch (RuntimeException e) {
                LOG.warnf("event stream waits for the database: %s", e);
                return List.of();
            }
        }
    }

    private final class AllFollower implements Follower {
        private final Tenant tenant;
        private final EventFormat format;
        private long position;

        AllFollower(Tenant tenant, long from, EventFormat format) {
            this.tenant = tenant;
            this.position = from;
            this.format = format;
        }

        @Override
        public List<OutboundSseEvent> next() {
            List<JobEventJson> events = log.afterId(tenant, position, BATCH);
            position = events.isEmpty() ? position : events.getLast().id();
            return events.stream().map(event -> format.event(event.id(), event)).toList();
        }

        @Override
        public boolean isAtEnd() {
            return false;
        }
    }

    private final class JobFollower implements Follower {
        private final JobRef job;
        private final EventFormat format;
        private long position;
        private boolean atEnd;

        JobFollower(JobRef job, long from, EventFormat format) {
            this.job = job;
            this.position = from;
            this.format = format;
        }

        /// The view is read before the events: if it has ended, its last event is among them.
        @Override
        public List<OutboundSseEvent> next() {
            Optional<JobView> view = views.find(job);
            List<JobEventJson> events = log.after(job.tenant(), job.id(), position, BATCH);
            List<OutboundSseEvent> news = new ArrayList<>();
            events.forEach(event -> news.add(format.event(event.seq(), event)));
            position = events.isEmpty() ? position : events.getLast().seq();
            boolean ended = view.map(v -> v.state().isTerminal()).orElse(true);
            if (ended && events.size() < BATCH) {
                String state = view.map(v -> v.state().name()).orElse("REMOVED");
                news.add(format.end(job.id().value(), state));
                atEnd = true;
            }
            return news;
        }

        @Override
        public boolean isAtEnd() {
            return atEnd;
        }
    }
}
