package io.sparsemesh.gateway;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A client of the stream of all jobs that checks what it gets: of each job one event after the
/// other, none left out. It may read slowly, and leave and come back.
final class StreamReader implements Runnable {

    /// Little, so that what a slow client has not read waits at the gateway.
    private static final int BUFFER = 8 << 10;

    private static final Pattern JOB = Pattern.compile("\"jobId\":\"([^\"]+)\"");
    private static final Pattern SEQ = Pattern.compile("\"seq\":(\\d+)");

    private final URI server;
    private final Map<String, Long> last = new ConcurrentHashMap<>();
    private final long stayNanos;
    private volatile long pauseMillis;
    private volatile String position;
    private volatile boolean connected;
    private volatile int connections;
    private volatile String problem = "";
    private volatile boolean wanted = true;

    /// @param seen for each job that counts, the number of the last event before
    /// @param position in the stream, after them
    /// @param pauseMillis after each event
    /// @param stayMillis on a connection; 0 for as long as it lasts
    StreamReader(
            URI server,
            Map<String, Long> seen,
            String position,
            long pauseMillis,
            long stayMillis) {
        this.server = server;
        this.position = position;
        this.pauseMillis = pauseMillis;
        stayNanos = stayMillis * 1_000_000;
        last.putAll(seen);
    }

    @Override
    public void run() {
        while (wanted && problem.isEmpty()) {
            try (Socket socket = new Socket()) {
                socket.setReceiveBufferSize(BUFFER);
                socket.connect(new InetSocketAddress(server.getHost(), server.getPort()), 10_000);
                socket.setSoTimeout(30_000);
                connections++;
                read(socket);
            } catch (IOException | InterruptedException e) {
                problem = "connection %d: %s".formatted(connections, e);
            }
        }
    }

    private void read(Socket socket) throws IOException, InterruptedException {
        String request =
                "GET /v1/events HTTP/1.1\r\nHost: %s\r\nAccept: text/event-stream\r\nLast-Event-ID: %s\r\n\r\n"
                        .formatted(server.getAuthority(), position);
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        BufferedReader in =
                new BufferedReader(
                        new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8),
                        BUFFER);
        long begin = System.nanoTime();
        String id = position;
        for (String line = in.readLine(); line != null && wanted; line = in.readLine()) {
            connected = true;
            if (line.startsWith("id:")) {
                id = line.substring(3).strip();
            } else if (line.startsWith("data:")) {
                take(line);
                position = id;
                Thread.sleep(pauseMillis);
            }
            if (stayNanos > 0 && System.nanoTime() - begin > stayNanos) {
                return;
            }
        }
    }

    private void take(String data) {
        Matcher job = JOB.matcher(data);
        Matcher seq = SEQ.matcher(data);
        if (!job.find() || !seq.find()) {
            problem = "expected an event, found " + data;
            return;
        }
        long number = Long.parseLong(seq.group(1));
        Long before = last.get(job.group(1));
        if (before != null && number != before + 1) {
            problem = "job %s: event %d after %d".formatted(job.group(1), number, before);
        } else if (before != null) {
            last.put(job.group(1), number);
        }
    }

    /// From now on as fast as it can.
    void hurry() {
        pauseMillis = 0;
    }

    void leave() {
        wanted = false;
    }

    boolean isConnected() {
        return connected;
    }

    int connections() {
        return connections;
    }

    /// Empty while all is well.
    String problem() {
        return problem;
    }

    /// Whether it has all events up to that number.
    boolean has(long seq) {
        return last.values().stream().allMatch(number -> number >= seq);
    }

    /// The least of the numbers it has.
    long least() {
        return last.values().stream().mapToLong(Long::longValue).min().orElse(0);
    }
}
