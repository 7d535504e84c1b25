package io.sparsemesh.deploy.client;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;

/// Follows the events of one job to their end, over as many connections as it takes: after a
/// break it asks again from the last event it saw, so none is lost or seen twice.
public final class JobEvents {
    private static final Duration PAUSE = Duration.ofMillis(500);

    private final Gateway gateway;
    private final String job;
    private final Duration patience;

    /// @param patience how long the gateway may be gone before following gives up
    public JobEvents(Gateway gateway, String job, Duration patience) {
        this.gateway = gateway;
        this.job = job;
        this.patience = patience;
    }

    /// Hands every event to `sink` in order and returns at the end of the job.
    ///
    /// @throws UnreachableException if the first connection fails, or the gateway is gone for
    ///     longer than the patience
    /// @throws ProblemException if the gateway refuses the stream
    public void follow(Consumer<ServerEvent> sink) {
        follow(0, sink);
    }

    /// The same, from the first event after number `after`.
    public void follow(long after, Consumer<ServerEvent> sink) {
        Following following = new Following(after == 0 ? "" : Long.toString(after), sink);
        while (!following.readToTheEnd()) {
            pause();
        }
    }

    /// Where the reader is.
    private final class Following {
        private final Consumer<ServerEvent> sink;
        private String last;
        private boolean connected;

        /// When the gateway was last there: silence of a job that takes long is none of the
        /// gateway.
        private Instant there = Instant.now();

        Following(String last, Consumer<ServerEvent> sink) {
            this.last = last;
            this.sink = sink;
        }

        /// One connection; returns whether the stream ended, and not only the connection.
        boolean readToTheEnd() {
            try (EventReader events = new EventReader(gateway.events(job, last))) {
                connected = true;
                return read(events);
            } catch (UnreachableException e) {
                throwIf(!connected || isOver(), e);
            } catch (ProblemException e) {
                throwIf(!connected || e.problem().status() < 500 || isOver(), e);
            } catch (IOException e) {
                there = Instant.now();
            }
            return false;
        }

        private boolean read(EventReader events) throws IOException {
            for (var e = events.next(); e.isPresent(); e = events.next()) {
                if (e.get().isEnd()) {
                    return true;
                }
                last = e.map(ServerEvent::id).filter(id -> !id.isEmpty()).orElse(last);
                sink.accept(e.get());
            }
            there = Instant.now();
            return false;
        }

        private boolean isOver() {
            return Duration.between(there, Instant.now()).compareTo(patience) > 0;
        }
    }

    private static void throwIf(boolean over, RuntimeException e) {
        if (over) {
            throw e;
        }
    }

    private void pause() {
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UnreachableException(gateway.base(), e);
        }
    }
}
