package io.sparsemesh.deploy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/// A gateway that answers as told and remembers what it was asked.
public final class FakeGateway implements AutoCloseable {
    private final HttpServer server;
    private final Map<String, Deque<Answer>> answers = new ConcurrentHashMap<>();
    private final List<Request> requests = new CopyOnWriteArrayList<>();

    /// @param line such as `GET /v1/jobs?state=FAILED`
    public record Request(String line, Map<String, List<String>> headers, String body) {
        public String header(String name) {
            return headers.getOrDefault(name, List.of("")).getFirst();
        }
    }

    private record Answer(int status, String type, String body, boolean cut) {}

    public FakeGateway() throws IOException {
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        server = HttpServer.create(any, 0);
        server.createContext("/", this::handle);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
    }

    public URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /// Answers `line` with JSON; several answers to one line are given in turn, the last one
    /// for ever.
    public FakeGateway json(String line, int status, String body) {
        return answer(line, new Answer(status, "application/json", body, false));
    }

    public FakeGateway problem(String line, int status, String body) {
        return answer(line, new Answer(status, "application/problem+json", body, false));
    }

    /// Answers `line` with text that is no JSON.
    public FakeGateway text(String line, int status, String body) {
        return answer(line, new Answer(status, "text/html", body, false));
    }

    /// Answers `line` with an event stream that ends in order.
    public FakeGateway events(String line, String body) {
        return answer(line, new Answer(200, "text/event-stream", body, false));
    }

    /// Answers `line` with an event stream whose connection breaks after `body`.
    public FakeGateway brokenEvents(String line, String body) {
        return answer(line, new Answer(200, "text/event-stream", body, true));
    }

    public List<Request> requests() {
        return Collections.unmodifiableList(requests);
    }

    public List<Request> requests(String line) {
        return requests.stream().filter(request -> request.line().equals(line)).toList();
    }

    private FakeGateway answer(String line, Answer answer) {
        answers.computeIfAbsent(line, _ -> new ArrayDeque<>()).add(answer);
        return this;
    }

    private synchronized Answer next(String line) {
        Deque<Answer> queue = answers.get(line);
        if (queue == null) {
            return new Answer(404, "application/problem+json", "{\"code\":\"NOT_FOUND\"}", false);
        }
        return queue.size() > 1 ? queue.poll() : queue.peek();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String line = exchange.getRequestMethod() + " " + exchange.getRequestURI();
            String body =
                    new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            requests.add(new Request(line, Map.copyOf(exchange.getRequestHeaders()), body));
            Answer answer = next(line);
            byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", answer.type());
            // A promised length that is not reached is a connection that breaks.
            exchange.sendResponseHeaders(
                    answer.status(), answer.cut() ? bytes.length + 100 : bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.getResponseBody().flush();
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
