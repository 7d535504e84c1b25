package io.sparsemesh.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Takes webhooks on loopback: answers what it was told to, 200 otherwise, and remembers what came.
/// On sockets, as the JDK's `HttpServer` resets one in thirty of connections that come at once.
public final class Receiver implements AutoCloseable {

    /// What the tests' gateway derives its tenants' secrets from; the first is that of the
    // specification's examples.
    public static final List<String> SECRETS =
            List.of(
                    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                    "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");

    private static final long PATIENCE = 20_000_000_000L;

    private final ServerSocket server;
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final Deque<Integer> answers = new ConcurrentLinkedDeque<>();
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger mostOpen = new AtomicInteger();
    private final CountDownLatch gate;

    /// @param headers by their names in any case
    public record Request(String method, Map<String, String> headers, byte[] body) {

        static Request read(InputStream in) throws IOException {
            String method = line(in).split(" ")[0];
            Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            for (String line = line(in); !line.isEmpty(); line = line(in)) {
                String[] parts = line.split(": ", 2);
                headers.put(parts[0], parts[1]);
            }
            int length = Integer.parseInt(headers.get("Content-Length"));
            return new Request(method, headers, in.readNBytes(length));
        }

        private static String line(InputStream in) throws IOException {
            StringBuilder line = new StringBuilder();
            for (int c = in.read(); c != '\n'; c = in.read()) {
                if (c < 0) {
                    throw new IOException("expected the rest of a head, found the end");
                }
                line.append((char) c);
            }
            return line.toString().strip();
        }

        public String header(String name) {
            return headers.get(name);
        }

        public String text() {
            return new String(body, StandardCharsets.UTF_8);
        }

        /// What the header `webhook-signature` should hold for a secret, by the text of the
        /// specification: id, timestamp and body with dots between them.
        String signature(String secret) throws GeneralSecurityException {
            String head = header("webhook-id") + "." + header("webhook-timestamp") + ".";
            byte[] key = Base64.getDecoder().decode(secret.replace("whsec_", ""));
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            byte[] digest = mac.doFinal((head + text()).getBytes(StandardCharsets.UTF_8));
            return "v1," + Base64.getEncoder().encodeToString(digest);
        }
    }

    private Receiver(boolean waits) {
        gate = new CountDownLatch(waits ? 1 : 0);
        try {
            server = new ServerSocket(0, 128, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    public static Receiver start() {
        return new Receiver(false);
    }

    /// One that answers nothing until it is closed.
    static Receiver silent() {
        return new Receiver(true);
    }

    /// Statuses of the next answers.
    Receiver answering(Integer... statuses) {
        answers.addAll(List.of(statuses));
        return this;
    }

    private void accept() {
        try {
            while (true) {
                Socket connection = server.accept();
                Thread.ofVirtual().start(() -> serve(connection));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void serve(Socket connection) {
        mostOpen.accumulateAndGet(open.incrementAndGet(), Math::max);
        try (connection) {
            requests.add(Request.read(connection.getInputStream()));
            gate.await();
            Integer status = answers.poll();
            String answer =
                    "HTTP/1.1 %d Told\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                            .formatted(status == null ? 200 : status);
            connection.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            // The sender left: no request came, or none that waits for an answer.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            open.decrementAndGet();
        }
    }

    public String uri() {
        return "http://127.0.0.1:%d/hooks?a=b".formatted(server.getLocalPort());
    }

    /// Host and port.
    public String address() {
        return "127.0.0.1:" + server.getLocalPort();
    }

    public List<Request> requests() {
        return List.copyOf(requests);
    }

    /// Most requests that were open at the same time.
    int mostOpen() {
        return mostOpen.get();
    }

    /// What came, as soon as it is that many requests.
    public List<Request> await(int count) {
        await(() -> requests.size() >= count);
        return requests();
    }

    /// Returns when it holds, or patience is at an end: the caller asserts.
    public static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE;
        while (!condition.getAsBoolean() && System.nanoTime() < end) {
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Override
    public void close() {
        gate.countDown();
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
