package io.sparsemesh.deploy.mesh;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/// Watches the stream of all jobs, comes back after each cut with the last event it has, and checks
/// that each job's events come one after the other.
final class StreamWatcher implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int LIMIT_MILLIS = 30_000;
    private static final long PAUSE_MILLIS = 200;
    private static final Set<String> ENDS = Set.of("SUCCEEDED", "DEGRADED", "FAILED", "CANCELLED");

    private final URI gateway;
    private final Map<String, Long> last = new ConcurrentHashMap<>();
    private final Set<String> ended = ConcurrentHashMap.newKeySet();
    private final List<String> problems = new CopyOnWriteArrayList<>();
    private final Thread thread;
    private volatile String position = "";
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
        if (!position.isEmpty()) {
            call.setRequestProperty("Last-Event-ID", position);
        }
        try (InputStream body = call.getInputStream();
                BufferedReader in =
                        new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8))) {
            connections++;
            String id = position;
            for (String line = in.readLine(); line != null && open; line = in.readLine()) {
                if (line.startsWith("id:")) {
                    id = line.substring(3).strip();
                } else if (line.startsWith("data:") && line.contains("\"jobId\"")) {
                    take(JSON.readTree(line.substring(5)));
                    position = id;
                }
            }
        } finally {
            call.disconnect();
        }
    }

    private void take(JsonNode event) {
        JsonNode data = event.has("data") ? event.get("data") : event;
        String job = event.path("jobId").asText(data.path("jobId").asText());
        long seq = event.path("seq").asLong(data.path("seq").asLong());
        Long before = last.put(job, seq);
        if (before != null && seq != before + 1) {
            problems.add("job %s: event %d after %d".formatted(job, seq, before));
        }
        if (ENDS.contains(data.path("state").asText()) && data.path("task").isMissingNode()) {
            ended.add(job);
        }
    }

    List<String> problems() {
        return List.copyOf(problems);
    }

    /// Of these jobs, how many it saw end.
    int ended(List<String> jobs) {
        return (int) jobs.stream().filter(ended::contains).count();
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
