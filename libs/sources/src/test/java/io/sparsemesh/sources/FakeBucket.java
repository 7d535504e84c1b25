package io.sparsemesh.sources;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/// The part of S3's API that is used here, over one bucket on loopback: `ListObjectsV2` in pages
/// (of two unless told otherwise), `GetObject` with `Range` and `If-Match`.
final class FakeBucket implements AutoCloseable {

    static final String NAME = "models";

    private final Map<String, byte[]> objects = new TreeMap<>();
    private final List<String> ranges = new ArrayList<>();
    private final HttpServer server;
    private int cutAfter = -1;
    private int denied;
    private int page = 2;
    private final AtomicInteger asked = new AtomicInteger();

    FakeBucket() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/" + NAME, this::answer);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
    }

    FakeBucket put(String key, byte[] bytes) {
        objects.put(key, bytes);
        return this;
    }

    FakeBucket pagesOf(int objectsEach) {
        page = objectsEach;
        return this;
    }

    /// Requests so far.
    int asked() {
        return asked.get();
    }

    /// The next object's bytes end after so many.
    synchronized void cutNext(int after) {
        cutAfter = after;
    }

    /// All answers have this status from now on.
    void deny(int status) {
        denied = status;
    }

    synchronized List<String> ranges() {
        return List.copyOf(ranges);
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    private void answer(HttpExchange exchange) throws IOException {
        asked.incrementAndGet();
        String path = exchange.getRequestURI().getPath();
        String key = path.substring(Math.min(path.length(), NAME.length() + 2));
        if (denied > 0) {
            exchange.sendResponseHeaders(denied, -1);
            exchange.close();
        } else if (key.isEmpty()) {
            list(exchange);
        } else {
            give(exchange, key);
        }
    }

    private void list(HttpExchange exchange) throws IOException {
        String query = exchange.getRequestURI().getQuery();
        int from =
                query.contains("continuation-token=")
                        ? Integer.parseInt(
                                query.replaceFirst(".*continuation-token=([0-9]+).*", "$1"))
                        : 0;
        List<String> keys = objects.keySet().stream().filter(k -> k.matches("opt/[^/]*")).toList();
        int to = Math.min(keys.size(), from + page);
        StringBuilder xml = new StringBuilder("<ListBucketResult>");
        xml.append("<IsTruncated>").append(to < keys.size()).append("</IsTruncated>");
        if (to < keys.size()) {
            xml.append("<NextContinuationToken>").append(to).append("</NextContinuationToken>");
        }
        for (String key : keys.subList(from, to)) {
            xml.append(
                    "<Contents><Key>%s</Key><ETag>%s</ETag><Size>%d</Size></Contents>"
                            .formatted(
                                    key,
                                    tag(key).replace("\"", "&quot;"),
                                    objects.get(key).length));
        }
        byte[] body = xml.append("</ListBucketResult>").toString().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/xml");
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private String tag(String key) {
        return "\"" + TestDigests.hex("MD5", objects.get(key)) + "\"";
    }

    private void give(HttpExchange exchange, String key) throws IOException {
        String match = exchange.getRequestHeaders().getFirst("If-Match");
        byte[] object = objects.get(key);
        if (object == null || (match != null && !match.equals(tag(key)))) {
            exchange.sendResponseHeaders(object == null ? 404 : 412, -1);
            exchange.close();
            return;
        }
        String range = exchange.getRequestHeaders().getFirst("Range");
        int from = 0;
        int to = object.length;
        if (range != null) {
            String[] ends = range.substring("bytes=".length()).split("-");
            from = Integer.parseInt(ends[0]);
            to = ends.length > 1 ? Math.min(to, Integer.parseInt(ends[1]) + 1) : to;
            exchange.getResponseHeaders()
                    .set("Content-Range", "bytes %d-%d/%d".formatted(from, to - 1, object.length));
        }
        exchange.getResponseHeaders().set("ETag", tag(key));
        exchange.sendResponseHeaders(range == null ? 200 : 206, to - from);
        OutputStream out = exchange.getResponseBody();
        out.write(
                Arrays.copyOfRange(object, from, Math.min(to, from + cut(key, range, to - from))));
        out.flush();
        exchange.close();
    }

    private synchronized int cut(String key, String range, int all) {
        if (key.endsWith(".safetensors")) {
            ranges.add(range == null ? "" : range);
            int now = cutAfter < 0 ? all : cutAfter;
            cutAfter = -1;
            return now;
        }
        return all;
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
