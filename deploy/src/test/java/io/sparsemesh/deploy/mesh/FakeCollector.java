package io.sparsemesh.deploy.mesh;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// An OTLP/HTTP collector on loopback that keeps the spans it gets.
final class FakeCollector implements AutoCloseable {

    private final HttpServer server;
    private final List<Span> spans = new CopyOnWriteArrayList<>();

    /// What is of interest of a span.
    ///
    /// @param parent id of the span that led to it, empty for the first of a trace
    record Span(String service, String trace, String id, String parent, String name) {}

    private FakeCollector(HttpServer server) {
        this.server = server;
    }

    static FakeCollector start() throws IOException {
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        FakeCollector collector = new FakeCollector(server);
        server.createContext("/v1/traces", collector::take);
        server.start();
        return collector;
    }

    String endpoint() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    List<Span> spans() {
        return List.copyOf(spans);
    }

    private void take(HttpExchange exchange) throws IOException {
        try (exchange) {
            for (byte[] resourceSpans :
                    ProtoField.all(exchange.getRequestBody().readAllBytes(), 1)) {
                takeOf(resourceSpans);
            }
            exchange.getResponseHeaders().set("Content-Type", "application/x-protobuf");
            exchange.sendResponseHeaders(200, -1);
        }
    }

    /// `ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }`,
    /// `ScopeSpans { repeated Span spans = 2; }`.
    private void takeOf(byte[] resourceSpans) {
        String service = service(ProtoField.all(resourceSpans, 1).getFirst());
        for (byte[] scopeSpans : ProtoField.all(resourceSpans, 2)) {
            ProtoField.all(scopeSpans, 2).forEach(span -> spans.add(span(service, span)));
        }
    }

    /// `Resource { repeated KeyValue attributes = 1; }`, `KeyValue { string key = 1; AnyValue value
    /// = 2; }`, `AnyValue { string string_value = 1; }`.
    private static String service(byte[] resource) {
        for (byte[] attribute : ProtoField.all(resource, 1)) {
            if (text(attribute, 1).equals("service.name")) {
                return text(ProtoField.all(attribute, 2).getFirst(), 1);
            }
        }
        return "";
    }

    /// `Span { bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5;
    /// }`.
    private static Span span(String service, byte[] span) {
        return new Span(service, hex(span, 1), hex(span, 2), hex(span, 4), text(span, 5));
    }

    private static String text(byte[] message, int number) {
        return new String(bytes(message, number), StandardCharsets.UTF_8);
    }

    private static String hex(byte[] message, int number) {
        return HexFormat.of().formatHex(bytes(message, number));
    }

    private static byte[] bytes(byte[] message, int number) {
        return ProtoField.all(message, number).stream().findFirst().orElse(new byte[0]);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
