package io.sparsemesh.gateway.stream;

import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import jakarta.ws.rs.sse.SseEventSink;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/// Sends server-sent events to one client, each after the one before has left: a slow client
/// slows its own stream only.
final class EventSink implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(EventSink.class);
    private static final long SEND_SECONDS = 30;

    private final Sse sse;
    private final SseEventSink sink;

    EventSink(Sse sse, SseEventSink sink) {
        this.sse = sse;
        this.sink = sink;
    }

    boolean isOpen() {
        return !sink.isClosed();
    }

    void event(long id, Object data) {
        send(
                sse.newEventBuilder()
                        .id(Long.toString(id))
                        .mediaType(MediaType.APPLICATION_JSON_TYPE)
                        .data(data)
                        .build());
    }

    /// An event that clients tell from the others by its name.
    void named(String name, Object data) {
        send(
                sse.newEventBuilder()
                        .name(name)
                        .mediaType(MediaType.APPLICATION_JSON_TYPE)
                        .data(data)
                        .build());
    }

    void heartbeat() {
        send(sse.newEventBuilder().comment("heartbeat").build());
    }

    private void send(OutboundSseEvent event) {
        try {
            sink.send(event).toCompletableFuture().get(SEND_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            close();
        } catch (java.util.concurrent.ExecutionException
                | java.util.concurrent.TimeoutException
                | IllegalStateException e) {
            LOG.debugf("stream ends, the client is gone: %s", e);
            close();
        }
    }

    @Override
    public void close() {
        sink.close();
    }
}
