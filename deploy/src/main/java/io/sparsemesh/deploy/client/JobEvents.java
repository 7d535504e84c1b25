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
        String last = "";
        boolean connected = false;
        Instant seen = Instant.now();
        while (true) {
            try (EventReader events = new EventReader(gateway.events(job, last))) {
                connected = true;
                seen = Instant.now();
                for (var e = events.next(); e.isPresent(); e = events.next()) {
                    if (e.get().isEnd()) {
                        return;
                    }
                    last = e.map(ServerEvent::id).filter(id -> !id.isEmpty()).orElse(last);
                    sink.accept(e.get());
                    seen = Instant.now();
                }
            } catch (UnreachableException e) {
                if (!connected || isOver(seen)) {
                    throw e;
                }
            } catch (ProblemException e) {
                if (!connected || e.problem().status() < 500 || isOver(seen)) {
                    throw e;
                }
            } catch (IOException e) {
                if (isOver(seen)) {
                    throw new UnreachableException(gateway.base(), e);
                }
            }
            pause();
        }
    }

    private boolean isOver(Instant seen) {
        return Duration.between(seen, Instant.now()).compareTo(patience) > 0;
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
