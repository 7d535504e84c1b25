package io.sparsemesh.gateway.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.gateway.Receiver;
import io.sparsemesh.gateway.access.Tenant;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// Against sockets that do what no decent receiver does.
class SenderTest {

    private static final Duration CONNECT = Duration.ofMillis(300);
    private static final Duration ANSWER = Duration.ofMillis(700);

    private final Sender sender = sender(Set.of("127.0.0.1"));

    private static Sender sender(Set<String> listed) {
        Secrets secrets = Secrets.parse(Receiver.SECRETS.getFirst());
        return new Sender(secrets, new AddressRules(listed), CONNECT, ANSWER);
    }

    private static Delivery delivery(String uri) {
        return new Delivery(
                1, new JobId("j"), Tenant.DEFAULT, 3, 0, uri, "r", "{\"a\":1}", 1, Duration.ZERO);
    }

    /// What a server does with its one connection.
    private interface Behaviour {
        void serve(Socket connection) throws IOException, InterruptedException;
    }

    /// The outcome of an attempt, and that of the server's behaviour.
    private record Exchange(Outcome outcome, Duration took, Throwable serverEnd) {}

    private Exchange exchange(Behaviour behaviour) throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CompletableFuture<Void> served =
                    CompletableFuture.runAsync(() -> serve(server, behaviour));
            long start = System.nanoTime();
            Outcome outcome =
                    sender.send(delivery("http://127.0.0.1:" + server.getLocalPort() + "/"));
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            return new Exchange(outcome, took, end(served));
        }
    }

    private static Throwable end(CompletableFuture<Void> served) throws Exception {
        try {
            served.get(10, TimeUnit.SECONDS);
            return null;
        } catch (ExecutionException e) {
            return e.getCause().getCause();
        }
    }

    private static void serve(ServerSocket server, Behaviour behaviour) {
        try (Socket connection = server.accept()) {
            behaviour.serve(connection);
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void write(Socket connection, String text) throws IOException {
        OutputStream out = connection.getOutputStream();
        out.write(text.getBytes());
        out.flush();
    }

    /// Each read comes in time, the whole does not: the connection is closed from this side.
    @Test
    void answerThatDripsIsCutOffAfterTheWholeLimit() throws Exception {
        Exchange exchange =
                exchange(
                        connection -> {
                            write(connection, "HTTP/1.1 200 OK\r\nX: ");
                            for (int i = 0; i < 100; i++) {
                                Thread.sleep(100);
                                write(connection, "x");
                            }
                        });

        assertThat(exchange.outcome()).isInstanceOf(Outcome.Failed.class);
        assertThat(exchange.took()).isBetween(sender.limit(), sender.limit().multipliedBy(4));
        assertThat(exchange.serverEnd()).isInstanceOf(IOException.class);
    }

    @Test
    void silenceIsNoAnswer() throws Exception {
        Exchange exchange = exchange(connection -> connection.getInputStream().readAllBytes());

        assertThat(exchange.outcome()).isInstanceOf(Outcome.Failed.class);
        assertThat(exchange.took()).isLessThan(sender.limit().multipliedBy(4));
    }

    @Test
    void endlessBodyIsNotRead() throws Exception {
        Exchange exchange =
                exchange(
                        connection -> {
                            write(
                                    connection,
                                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                            for (int i = 0; i < 1 << 16; i++) {
                                write(connection, "1000\r\n" + "x".repeat(0x1000) + "\r\n");
                            }
                        });

        assertThat(exchange.outcome())
                .isEqualTo(new Outcome.Answered(200, java.util.Optional.empty()));
        assertThat(exchange.serverEnd()).isInstanceOf(IOException.class);
    }

    @Test
    void redirectIsAnAnswerAndNotFollowed() throws Exception {
        try (Receiver other = Receiver.start()) {
            Exchange exchange =
                    exchange(
                            connection ->
                                    write(
                                            connection,
                                            "HTTP/1.1 307 Elsewhere\r\nRetry-After: 7\r\nContent-Length: 0\r\nLocation: %s\r\n\r\n"
                                                    .formatted(other.uri())));

            assertThat(exchange.outcome())
                    .isEqualTo(
                            new Outcome.Answered(
                                    307, java.util.Optional.of(Duration.ofSeconds(7))));
            assertThat(other.requests()).isEmpty();
        }
    }

    @Test
    void connectionThatBreaksIsNotTriedAgainUnasked() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            CompletableFuture<Void> served =
                    CompletableFuture.runAsync(() -> serve(server, c -> c.getInputStream().read()));
            Outcome outcome =
                    sender.send(delivery("http://127.0.0.1:" + server.getLocalPort() + "/"));

            assertThat(outcome).isInstanceOf(Outcome.Failed.class);
            served.get(10, TimeUnit.SECONDS);
            server.setSoTimeout(300);
            assertThat(org.assertj.core.api.Assertions.catchThrowable(server::accept))
                    .isInstanceOf(java.net.SocketTimeoutException.class);
        }
    }

    /// A host that was allowed when the job came need not be so now.
    @Test
    void everyAttemptIsHeldToTheRules() throws Exception {
        try (Receiver receiver = Receiver.start()) {
            Outcome listed = sender.send(delivery(receiver.uri()));
            Outcome unlisted = sender(Set.of()).send(delivery(receiver.uri()));
            Outcome hidden =
                    sender(Set.of()).send(delivery(receiver.uri().replace("http", "https")));

            assertThat(listed).isEqualTo(new Outcome.Answered(200, java.util.Optional.empty()));
            assertThat(unlisted).isInstanceOf(Outcome.Failed.class);
            assertThat(((Outcome.Failed) hidden).error()).startsWith("expected a public address");
            assertThat(receiver.requests()).hasSize(1);
        }
    }

    @Test
    void pauseThatIsAskedForIsInSecondsOrADate() {
        String date =
                DateTimeFormatter.RFC_1123_DATE_TIME.format(
                        ZonedDateTime.now(ZoneOffset.UTC).plusMinutes(10));
        String past =
                DateTimeFormatter.RFC_1123_DATE_TIME.format(
                        ZonedDateTime.now(ZoneOffset.UTC).minusMinutes(10));

        assertThat(Sender.retryAfter("120")).contains(Duration.ofMinutes(2));
        assertThat(Sender.retryAfter(date).orElseThrow())
                .isBetween(Duration.ofMinutes(9), Duration.ofMinutes(10));
        assertThat(Sender.retryAfter(past)).isEmpty();
        assertThat(Sender.retryAfter("soon")).isEmpty();
        assertThat(Sender.retryAfter("-5")).isEmpty();
        assertThat(Sender.retryAfter(null)).isEmpty();
    }
}
