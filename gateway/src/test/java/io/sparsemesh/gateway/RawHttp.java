package io.sparsemesh.gateway;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// Sends requests that HTTP clients refuse to, one for each connection.
public record RawHttp(URI server) {

    /// A request with it has chunks as its body.
    public static final String CHUNKED = "Transfer-Encoding: chunked";

    private static final int PATIENCE_MILLIS = 15_000;

    /// @param target as it stands in the first line
    /// @param headers in order, names may repeat
    public record Request(String method, String target, List<String> headers, byte[] body) {

        public static Request get(String target, String... headers) {
            return new Request("GET", target, List.of(headers), new byte[0]);
        }

        @Override
        public String toString() {
            String text = new String(body, StandardCharsets.UTF_8);
            return "%s %s %s %s"
                    .formatted(method, shown(target), shown(headers.toString()), shown(text));
        }

        private static String shown(String text) {
            return text.length() > 600 ? text.substring(0, 600) + "..." : text;
        }
    }

    /// @param headers by name in lower case
    /// @param body empty for an endless stream and after HEAD
    public record Answer(int status, Map<String, String> headers, byte[] body) {

        public String contentType() {
            return headers.getOrDefault("content-type", "");
        }
    }

    public Answer send(Request request) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(server.getHost(), server.getPort()));
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.getOutputStream().write(bytes(request));
            socket.getOutputStream().flush();
            return read(request.method(), socket.getInputStream());
        }
    }

    private byte[] bytes(Request request) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        StringBuilder head = new StringBuilder();
        head.append(request.method()).append(' ').append(request.target()).append(" HTTP/1.1\r\n");
        if (request.headers().stream().noneMatch(line -> line.startsWith("Host:"))) {
            head.append("Host: ").append(server.getAuthority()).append("\r\n");
        }
        head.append("Connection: close\r\n");
        request.headers().forEach(line -> head.append(line).append("\r\n"));
        boolean chunked = request.headers().contains(CHUNKED);
        if (request.body().length > 0 && !chunked) {
            head.append("Content-Length: ").append(request.body().length).append("\r\n");
        }
        out.write(head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
        out.write(request.body());
        return out.toByteArray();
    }

    private static Answer read(String method, InputStream in) throws IOException {
        String[] first = line(in).split(" ", 3);
        if (first.length < 2) {
            throw new IOException("the connection ended without an answer");
        }
        Map<String, String> headers = new TreeMap<>();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        boolean endless = headers.getOrDefault("content-type", "").startsWith("text/event-stream");
        byte[] body = endless || method.equals("HEAD") ? new byte[0] : body(in, headers);
        return new Answer(Integer.parseInt(first[1]), headers, body);
    }

    private static byte[] body(InputStream in, Map<String, String> headers) throws IOException {
        if (!"chunked".equals(headers.get("transfer-encoding"))) {
            return in.readAllBytes();
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int size = size(in); size > 0; size = size(in)) {
            all.write(in.readNBytes(size));
            line(in);
        }
        return all.toByteArray();
    }

    private static int size(InputStream in) throws IOException {
        return Integer.parseInt(line(in).strip(), 16);
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
            if (b != '\r') {
                line.write(b);
            }
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }
}
