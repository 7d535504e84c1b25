package io.sparsemesh.gateway;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// Reads a stream of server-sent events.
final class SseClient implements AutoCloseable {

    private static final Event END_OF_STREAM = new Event("", "end-of-stream", "");

    private final HttpURLConnection connection;
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final AtomicInteger comments = new AtomicInteger();

    /// @param name empty for a plain event
    record Event(String id, String name, String data) {}

    private SseClient(HttpURLConnection connection) {
        this.connection = connection;
    }

    static SseClient open(URI server, String path, String lastEventId) throws IOException {
        HttpURLConnection connection =
                (HttpURLConnection) server.resolve(path).toURL().openConnection();
        connection.setRequestProperty("Accept", "text/event-stream");
        if (lastEventId != null) {
            connection.setRequestProperty("Last-Event-ID", lastEventId);
        }
        SseClient client = new SseClient(connection);
        Thread.ofVirtual().start(client::read);
        return client;
    }

    private void read() {
        try (BufferedReader in =
                new BufferedReader(
                        new InputStreamReader(
                                connection.getInputStream(), StandardCharsets.UTF_8))) {
            String id = "";
            String name = "";
            StringBuilder data = new StringBuilder();
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (line.startsWith(":")) {
                    comments.incrementAndGet();
                } else if (line.startsWith("id:")) {
                    id = line.substring(3).strip();
                } else if (line.startsWith("event:")) {
                    name = line.substring(6).strip();
                } else if (line.startsWith("data:")) {
                    data.append(line.substring(5).strip());
                } else if (line.isEmpty() && !data.isEmpty()) {
                    events.add(new Event(id, name, data.toString()));
                    id = "";
                    name = "";
                    data.setLength(0);
                }
            }
        } catch (IOException e) {
            events.add(new Event("", "failed", e.toString()));
        }
        events.add(END_OF_STREAM);
    }

    /// The next event.
    Event next() throws InterruptedException {
        Event event = events.poll(15, TimeUnit.SECONDS);
        return event == null ? new Event("", "nothing", "") : event;
    }

    /// Whether the server closed the stream.
    boolean isAtEnd() throws InterruptedException {
        return next().equals(END_OF_STREAM);
    }

    boolean awaitComments(int count, Duration limit) throws InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        while (comments.get() < count && System.nanoTime() < end) {
            Thread.sleep(20);
        }
        return comments.get() >= count;
    }

    @Override
    public void close() {
        connection.disconnect();
    }
}
