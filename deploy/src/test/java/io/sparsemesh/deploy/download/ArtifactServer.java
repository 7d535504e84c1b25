package io.sparsemesh.deploy.download;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.sparsemesh.checkpoint.FileDigest;
import io.sparsemesh.deploy.client.Gateway;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/// A gateway with the artifacts of job `j1`, whose connections break as a test wants.
final class ArtifactServer implements AutoCloseable {
    final List<String> ranges = new CopyOnWriteArrayList<>();

    /// Bytes of a file that a connection brings before it breaks; 0 for as many as there are.
    volatile int cutAfter;

    /// Answers that are 503 before there is another.
    volatile int busy;

    /// Requests for files after which each one is refused; 0 for never.
    volatile int refuseAfter;

    /// Names of headers that came with requests to the other host.
    final Set<String> headersElsewhere = new ConcurrentSkipListSet<>();

    /// Whether the gateway sends to another host, which has entity tags of its own.
    volatile boolean elsewhere;

    private final HttpServer server;
    private final Map<String, byte[]> files = new TreeMap<>();
    private final List<FileDigest> listed = new ArrayList<>();

    ArtifactServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/jobs/j1/artifacts", this::handle);
        server.createContext("/bucket/", this::handleElsewhere);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
    }

    Gateway gateway() {
        return new Gateway(
                URI.create("http://127.0.0.1:" + server.getAddress().getPort()),
                Optional.of("secret"));
    }

    /// A file that the list names.
    ArtifactServer list(String name, byte[] bytes) {
        listed.add(FileDigest.of(name, bytes));
        return serve(name, bytes);
    }

    /// A file that the list does not name, or other bytes than the list says.
    ArtifactServer serve(String name, byte[] bytes) {
        files.put(name, bytes);
        return this;
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            if (path.endsWith("/artifacts")) {
                answer(exchange, 200, Gateway.JSON.writeValueAsBytes(listed), false);
            } else if (busy > 0) {
                busy--;
                answer(exchange, 503, "{}".getBytes(), false);
            } else if (elsewhere) {
                String name = path.substring("/v1/jobs/j1/artifacts/".length());
                URI other = gateway().base().resolve("/bucket/" + name + "?signature=x");
                exchange.getResponseHeaders().set("Location", other.toString());
                answer(exchange, 307, new byte[0], false);
            } else {
                file(exchange, files.get(path.substring("/v1/jobs/j1/artifacts/".length())));
            }
        }
    }

    private void handleElsewhere(HttpExchange exchange) throws IOException {
        try (exchange) {
            headersElsewhere.addAll(exchange.getRequestHeaders().keySet());
            file(
                    exchange,
                    files.get(exchange.getRequestURI().getPath().substring("/bucket/".length())));
        }
    }

    private void file(HttpExchange exchange, byte[] bytes) throws IOException {
        String range = exchange.getRequestHeaders().getFirst("Range");
        ranges.add(range == null ? "" : range);
        if (bytes == null || refuseAfter > 0 && ranges.size() >= refuseAfter) {
            answer(exchange, 404, "{\"code\":\"not-found\"}".getBytes(), false);
            return;
        }
        boolean current =
                elsewhere
                        || ('"' + FileDigest.of("", bytes).sha256() + '"')
                                .equals(exchange.getRequestHeaders().getFirst("If-Range"));
        int first =
                range == null || !current ? 0 : Integer.parseInt(range.replaceAll("[^0-9]", ""));
        byte[] rest = Arrays.copyOfRange(bytes, first, bytes.length);
        boolean cut = cutAfter > 0 && rest.length > cutAfter;
        byte[] sent = cut ? Arrays.copyOf(rest, cutAfter) : rest;
        answer(exchange, first > 0 ? 206 : 200, sent, cut);
    }

    /// A promised length that is not reached is a connection that breaks.
    private static void answer(HttpExchange exchange, int status, byte[] bytes, boolean cut)
            throws IOException {
        exchange.sendResponseHeaders(status, cut ? bytes.length + 100 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.getResponseBody().flush();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
