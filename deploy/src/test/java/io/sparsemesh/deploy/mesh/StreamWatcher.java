package io.sparsemesh.deploy.mesh;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Watches the stream of all jobs, comes back after each cut with the last event it has, and checks
/// that each job's events come one after the other.
final class StreamWatcher implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int LIMIT_MILLIS = 30_000;
    private static final long PAUSE_MILLIS = 200;

    private final URI gateway;
    private final EventOrder order = new EventOrder();
    private final Thread thread;

    /// From the first event of all on: without a position a stream begins with what comes next.
    private volatile String position = "0";

    private volatile int connections;
    private volatile boolean open = true;

    StreamWatcher(URI gateway) {
        this.gateway = gateway;
        thread = Thread.ofVirtual().name("stream-watcher").start(this::run);
    }

    private void run() {
        try {
            while (open) {
                try {
                    read();
                } catch (IOException e) {
                    // Cut: whatever was lost comes again.
                }
                Thread.sleep(PAUSE_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void read() throws IOException {
        HttpURLConnection call =
                (HttpURLConnection) gateway.resolve("/v1/events").toURL().openConnection();
        call.setConnectTimeout(LIMIT_MILLIS);
        call.setReadTimeout(LIMIT_MILLIS);
        call.setRequestProperty("Accept", "text/event-stream");
        call.setRequestProperty("Last-Event-ID", position);
        try (InputStream body = call.getInputStream();
                BufferedReader in =
                        new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8))) {
            connections++;
            String id = position;
            for (String line = in.readLine(); line != null && open; line = in.readLine()) {
                if (line.startsWith("id:")) {
                    id = line.substring(3).strip();
                } else if (line.startsWith("data:") && line.contains("\"jobId\"")) {
                    order.take(JSON.readTree(line.substring(5)));
                    position = id;
                }
            }
        } finally {
            call.disconnect();
        }
    }

    List<String> problems() {
        return order.problems();
    }

    /// Of these jobs, how many it saw end, and not begin again.
    int ended(List<String> jobs) {
        return (int) jobs.stream().filter(order::hasEnded).count();
    }

    int connections() {
        return connections;
    }

    @Override
    public void close() {
        open = false;
        thread.interrupt();
    }
}
