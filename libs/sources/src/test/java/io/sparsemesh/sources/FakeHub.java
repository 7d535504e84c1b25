package io.sparsemesh.sources;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

/// The Hub's HTTP API over one repository on loopback, with faults on demand: large files are
/// redirected to a second server, as the Hub does with its CDN.
public final class FakeHub implements AutoCloseable {

    public static final String ID = "tiny/model";
    public static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    /// What goes wrong with one answer that gives bytes of a file.
    sealed interface Fault {

        /// The connection ends after so many bytes.
        record Cut(int after) implements Fault {}

        /// The length is less by one, and so are the bytes.
        record Short() implements Fault {}

        /// A byte is another.
        record WrongByte() implements Fault {}

        record Status(int code, String retryAfter) implements Fault {}

        record Redirect(String location) implements Fault {}

        /// The bytes come again and again, and no length is told.
        record Endless() implements Fault {}

        /// The file has another entity tag from now on.
        record NewTag() implements Fault {}
    }

    /// @param authorization empty if there was none
    record Seen(String server, String path, String range, String authorization) {}

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Map<String, byte[]> files = new TreeMap<>();
    private final Map<String, Deque<Fault>> faults = new HashMap<>();
    private final Map<String, Integer> tags = new HashMap<>();
    private final List<Seen> seen = new ArrayList<>();
    private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
    private final HttpServer hub;
    private final HttpServer cdn;
    private final Map<String, Long> claims = new HashMap<>();
    private String token = "";
    private String padding = "";

    private FakeHub() throws IOException {
        hub = server(this::hub);
        cdn = server(exchange -> bytes("cdn", exchange, last(exchange)));
    }

    /// Serves the files of a folder as `hf://tiny/model`.
    public static FakeHub of(Path folder) throws IOException {
        FakeHub served = new FakeHub();
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path file : entries.filter(Files::isRegularFile).toList()) {
                served.put(file.getFileName().toString(), Files.readAllBytes(file));
            }
        }
        return served;
    }

    static FakeHub empty() throws IOException {
        return new FakeHub();
    }

    private static HttpServer server(com.sun.net.httpserver.HttpHandler handler)
            throws IOException {
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", handler);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
        return server;
    }

    FakeHub put(String name, byte[] bytes) {
        files.put(name, bytes);
        return this;
    }

    /// The list says another size of a file; none if it is negative.
    FakeHub claim(String name, long size) {
        claims.put(name, size);
        return this;
    }

    /// The list is longer by so many bytes.
    FakeHub pad(int bytes) {
        padding = " ".repeat(bytes);
        return this;
    }

    FakeHub requireToken(String expected) {
        token = expected;
        return this;
    }

    synchronized void fail(String file, Fault... next) {
        faults.computeIfAbsent(file, _ -> new ArrayDeque<>()).addAll(List.of(next));
    }

    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + hub.getAddress().getPort());
    }

    synchronized List<Seen> seen() {
        return List.copyOf(seen);
    }

    /// Paths of all requests to the Hub, also of those that it has no answer to.
    public List<String> asked() {
        return List.copyOf(asked);
    }

    private void hub(HttpExchange exchange) throws IOException {
        asked.add(exchange.getRequestURI().toString());
        String path = exchange.getRequestURI().getPath();
        if (!token.isEmpty() && !authorization(exchange).equals("Bearer " + token)) {
            status(exchange, 401);
        } else if (path.startsWith("/api/models/" + ID + "/revision/")) {
            see("hub", exchange);
            list(exchange, path.substring(path.lastIndexOf('/') + 1));
        } else if (path.startsWith("/" + ID + "/resolve/" + COMMIT + "/")) {
            resolve(exchange, path.substring(path.lastIndexOf('/') + 1));
        } else {
            status(exchange, 404);
        }
    }

    private void list(HttpExchange exchange, String revision) throws IOException {
        if (!List.of("main", "v1", COMMIT).contains(revision)) {
            status(exchange, 404);
            return;
        }
        Optional<Fault> fault = next("");
        if (fault.isPresent() && fault.get() instanceof Fault.Status s) {
            exchange.getResponseHeaders().set("Retry-After", s.retryAfter());
            status(exchange, s.code());
            return;
        }
        ObjectNode answer = JSON.createObjectNode().put("id", ID).put("sha", COMMIT);
        answer.put("padding", padding);
        var siblings = answer.putArray("siblings");
        files.forEach((name, bytes) -> describe(siblings.addObject(), name, bytes));
        siblings.forEach(sibling -> claim((ObjectNode) sibling));
        byte[] body = JSON.writeValueAsBytes(answer);
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private void claim(ObjectNode sibling) {
        Long size = claims.get(sibling.get("rfilename").asText());
        if (size == null) {
            return;
        }
        ObjectNode place = sibling.has("lfs") ? (ObjectNode) sibling.get("lfs") : sibling;
        sibling.remove("size");
        place.remove("size");
        if (size >= 0) {
            place.put("size", size);
        }
    }

    private static void describe(ObjectNode sibling, String name, byte[] bytes) {
        sibling.put("rfilename", name).put("size", bytes.length);
        if (isLarge(name)) {
            sibling.put("blobId", "f".repeat(40));
            sibling.putObject("lfs")
                    .put("sha256", TestDigests.hex("SHA-256", bytes))
                    .put("size", bytes.length)
                    .put("pointerSize", 134);
        } else {
            byte[] prefix = ("blob " + bytes.length + "\0").getBytes(StandardCharsets.US_ASCII);
            sibling.put("blobId", TestDigests.hex("SHA-1", prefix, bytes));
        }
    }

    private static boolean isLarge(String name) {
        return name.endsWith(".safetensors") || name.endsWith(".bin");
    }

    private void resolve(HttpExchange exchange, String name) throws IOException {
        if (!isLarge(name)) {
            bytes("hub", exchange, name);
            return;
        }
        see("hub", exchange);
        String port = Integer.toString(cdn.getAddress().getPort());
        redirect(exchange, "http://127.0.0.1:%s/cdn/%s".formatted(port, name));
    }

    private void bytes(String server, HttpExchange exchange, String name) throws IOException {
        see(server, exchange);
        byte[] file = files.get(name);
        if (file == null) {
            status(exchange, 404);
            return;
        }
        Optional<Fault> fault = next(name);
        if (fault.isPresent() && fault.get() instanceof Fault.NewTag) {
            tags.merge(name, 1, Integer::sum);
        }
        switch (fault.orElse(null)) {
            case Fault.Status s -> {
                exchange.getResponseHeaders().set("Retry-After", s.retryAfter());
                status(exchange, s.code());
            }
            case Fault.Redirect r ->
                    redirect(
                            exchange,
                            r.location().isEmpty()
                                    ? exchange.getRequestURI().toString()
                                    : r.location());
            case null, default -> give(exchange, name, file, fault);
        }
    }

    private void give(HttpExchange exchange, String name, byte[] file, Optional<Fault> fault)
            throws IOException {
        String tag = "\"%s-%d\"".formatted(name, tags.getOrDefault(name, 0));
        exchange.getResponseHeaders().set("ETag", tag);
        int from = 0;
        int to = file.length;
        String range = exchange.getRequestHeaders().getFirst("Range");
        String only = exchange.getRequestHeaders().getFirst("If-Range");
        boolean part = range != null && (only == null || only.equals(tag));
        if (part) {
            String[] ends = range.substring("bytes=".length()).split("-");
            from = Integer.parseInt(ends[0]);
            to = ends.length > 1 ? Math.min(to, Integer.parseInt(ends[1]) + 1) : to;
            exchange.getResponseHeaders()
                    .set("Content-Range", "bytes %d-%d/%d".formatted(from, to - 1, file.length));
        }
        byte[] body = Arrays.copyOfRange(file, from, to);
        if (fault.isPresent() && fault.get() instanceof Fault.Endless) {
            endless(exchange, body);
            return;
        }
        if (fault.isPresent() && fault.get() instanceof Fault.WrongByte) {
            body[body.length / 2] ^= 1;
        }
        int length = body.length;
        if (fault.isPresent() && fault.get() instanceof Fault.Short) {
            length--;
        }
        exchange.sendResponseHeaders(part ? 206 : 200, length == 0 ? -1 : length);
        int sent = fault.isPresent() && fault.get() instanceof Fault.Cut c ? c.after() : length;
        write(exchange, body, Math.min(sent, length));
    }

    /// Until the other side has had enough; at most 64 MiB.
    private static void endless(HttpExchange exchange, byte[] body) throws IOException {
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream out = exchange.getResponseBody()) {
            for (int sent = 0; sent < 64 << 20; sent += body.length) {
                out.write(body);
            }
        }
    }

    private static void write(HttpExchange exchange, byte[] body, int count) throws IOException {
        OutputStream out = exchange.getResponseBody();
        out.write(body, 0, count);
        out.flush();
        exchange.close();
    }

    private static void redirect(HttpExchange exchange, String location) throws IOException {
        exchange.getResponseHeaders().set("Location", location);
        status(exchange, 302);
    }

    private static void status(HttpExchange exchange, int code) throws IOException {
        exchange.sendResponseHeaders(code, -1);
        exchange.close();
    }

    private synchronized Optional<Fault> next(String file) {
        Deque<Fault> waiting = faults.get(file);
        return waiting == null ? Optional.empty() : Optional.ofNullable(waiting.poll());
    }

    private synchronized void see(String server, HttpExchange exchange) {
        String range = exchange.getRequestHeaders().getFirst("Range");
        seen.add(
                new Seen(
                        server,
                        exchange.getRequestURI().getPath(),
                        range == null ? "" : range,
                        authorization(exchange)));
    }

    private static String authorization(HttpExchange exchange) {
        String header = exchange.getRequestHeaders().getFirst("Authorization");
        return header == null ? "" : header;
    }

    private static String last(HttpExchange exchange) {
        String path = exchange.getRequestURI().getPath();
        return path.substring(path.lastIndexOf('/') + 1);
    }

    @Override
    public void close() {
        hub.stop(0);
        cdn.stop(0);
    }
}
