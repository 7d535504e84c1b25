package io.sparsemesh.artifacts;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Stands between a client and a server on loopback, one call on each connection, and spoils some.
final class FaultyProxy implements AutoCloseable {

    /// What becomes of a call.
    sealed interface Fault {
        /// The server does not hear of it; the answer is this.
        record Answer(int status, String code) implements Fault {}

        /// The server does not hear of it; nobody answers.
        record Silence() implements Fault {}

        /// The server does not hear of it; the connection is reset.
        record Reset() implements Fault {}

        /// The server has done it; its answer is lost, and the connection reset.
        record Unheard() implements Fault {}

        /// The answer ends after so many bytes of its body.
        record Cut(int bytes) implements Fault {}

        /// The answer comes to so many bytes of its body, and no further.
        record Stall(int bytes) implements Fault {}
    }

    /// A call as it comes.
    ///
    /// @param target path with query
    record Call(String method, String target, String head) {

        boolean is(String wanted, String part) {
            return method.equals(wanted) && target.contains(part);
        }

        Optional<String> header(String name) {
            Matcher found =
                    Pattern.compile("(?im)^" + Pattern.quote(name) + ": *(.*?)\r?$").matcher(head);
            return found.find() ? Optional.of(found.group(1)) : Optional.empty();
        }
    }

    private static final int SILENCE_MILLIS = 20_000;

    private final URI server;
    private final ServerSocket socket;
    private final List<Call> calls = new CopyOnWriteArrayList<>();
    private final List<Socket> open = new CopyOnWriteArrayList<>();
    private volatile Function<Call, Optional<Fault>> faults = _ -> Optional.empty();

    FaultyProxy(URI server) throws IOException {
        this.server = server;
        this.socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + socket.getLocalPort());
    }

    /// Spoils the calls for which there is a fault, from now on.
    void spoil(Function<Call, Optional<Fault>> next) {
        calls.clear();
        faults = next;
    }

    /// Calls since faults were chosen last.
    List<Call> calls() {
        return List.copyOf(calls);
    }

    long count(String method, String part) {
        return calls.stream().filter(call -> call.is(method, part)).count();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = socket.accept();
                open.add(client);
                Thread.ofVirtual().start(() -> serve(client));
            }
        } catch (IOException closed) {
            return;
        }
    }

    private void serve(Socket client) {
        try (client) {
            byte[] head = head(client.getInputStream());
            if (head.length == 0) {
                return;
            }
            Call call = call(new String(head, StandardCharsets.ISO_8859_1));
            calls.add(call);
            byte[] body = body(call, client.getInputStream());
            Optional<Fault> fault = faults.apply(call);
            if (fault.isEmpty()) {
                relay(call, body, client.getOutputStream(), Integer.MAX_VALUE);
            } else {
                spoil(fault.get(), call, body, client);
            }
        } catch (IOException | InterruptedException gone) {
            return;
        }
    }

    private void spoil(Fault fault, Call call, byte[] body, Socket client)
            throws IOException, InterruptedException {
        switch (fault) {
            case Fault.Answer(int status, String code) ->
                    client.getOutputStream().write(answer(status, code));
            case Fault.Silence _ -> Thread.sleep(SILENCE_MILLIS);
            case Fault.Reset _ -> client.setSoLinger(true, 0);
            case Fault.Unheard _ -> {
                relay(call, body, OutputStream.nullOutputStream(), Integer.MAX_VALUE);
                client.setSoLinger(true, 0);
            }
            case Fault.Cut(int bytes) -> relay(call, body, client.getOutputStream(), bytes);
            case Fault.Stall(int bytes) -> {
                relay(call, body, client.getOutputStream(), bytes);
                Thread.sleep(SILENCE_MILLIS);
            }
        }
    }

    private static byte[] answer(int status, String code) {
        String xml = "<Error><Code>%s</Code><Message>made up</Message></Error>".formatted(code);
        return "HTTP/1.1 %d X\r\nContent-Type: application/xml\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
                .formatted(status, xml.length(), xml)
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    /// The connection is closed after the answer, so nothing has to be known about its length.
    private void relay(Call call, byte[] body, OutputStream client, int bodyBytes)
            throws IOException {
        try (Socket to = new Socket(InetAddress.getLoopbackAddress(), server.getPort())) {
            String alone = call.head().replaceAll("(?im)^Connection:.*\r\n", "");
            int end = alone.indexOf("\r\n") + 2;
            String sent = alone.substring(0, end) + "Connection: close\r\n" + alone.substring(end);
            to.getOutputStream().write(sent.getBytes(StandardCharsets.ISO_8859_1));
            to.getOutputStream().write(body);
            to.getOutputStream().flush();
            client.write(head(to.getInputStream()));
            InputStream rest = to.getInputStream();
            if (bodyBytes == Integer.MAX_VALUE) {
                rest.transferTo(client);
            } else {
                client.write(rest.readNBytes(bodyBytes));
            }
            client.flush();
        }
    }

    private static Call call(String head) {
        String[] line = head.substring(0, head.indexOf("\r\n")).split(" ");
        return new Call(line[0], line[1], head);
    }

    private static byte[] body(Call call, InputStream in) throws IOException {
        int length = call.header("Content-Length").map(Integer::parseInt).orElse(0);
        return in.readNBytes(length);
    }

    /// Up to the blank line, which is part of it.
    private static byte[] head(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        for (int b = in.read(); b >= 0; b = in.read()) {
            head.write(b);
            if (b == '\n' && head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
                return head.toByteArray();
            }
        }
        return new byte[0];
    }

    @Override
    public void close() throws IOException {
        socket.close();
        for (Socket client : open) {
            client.close();
        }
    }
}
