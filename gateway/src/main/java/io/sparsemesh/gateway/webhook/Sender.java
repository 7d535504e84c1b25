package io.sparsemesh.gateway.webhook;

import io.sparsemesh.sources.PublicSockets;
import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.HttpsURLConnection;

/// Makes one attempt to deliver. The JDK's older HTTP client, because it takes the sockets of
/// [PublicSockets], which judge the address that is connected to; the newer one resolves names by
/// itself, after they were judged. Past any proxy, which would do the same. No redirect is
/// followed, no more than the head of the answer is read, and a connection serves one attempt.
final class Sender {

    private static final int LONGEST_ERROR = 300;

    private final Secrets secrets;
    private final AddressRules rules;
    private final Duration connectTimeout;
    private final Duration answerTimeout;

    Sender(Secrets secrets, AddressRules rules, Duration connectTimeout, Duration answerTimeout) {
        this.secrets = secrets;
        this.rules = rules;
        this.connectTimeout = connectTimeout;
        this.answerTimeout = answerTimeout;
    }

    /// Longest time that an attempt takes.
    Duration limit() {
        return connectTimeout.plus(answerTimeout);
    }

    /// The limits of the client are of single reads, of which a receiver can make any number. So
    /// the whole attempt has one too, after which its thread is interrupted: that closes the socket
    /// of a virtual thread.
    Outcome send(Delivery delivery) throws InterruptedException {
        FutureTask<Outcome> attempt = new FutureTask<>(() -> post(delivery));
        Thread.ofVirtual().name("webhook-attempt").start(attempt);
        try {
            return attempt.get(limit().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return new Outcome.Failed(
                    "expected an answer within %s, found none".formatted(limit()));
        } catch (ExecutionException e) {
            return failed(e.getCause());
        } finally {
            attempt.cancel(true);
        }
    }

    private Outcome post(Delivery delivery) throws IOException {
        URI uri = URI.create(delivery.uri());
        Optional<AddressRules.Objection> objection = rules.objection(delivery.uri());
        if (objection.isPresent()) {
            return new Outcome.Failed(objection.get().detail());
        }
        HttpURLConnection connection = open(uri);
        try {
            byte[] body = delivery.body().getBytes(StandardCharsets.UTF_8);
            write(connection, delivery, body);
            return answer(connection);
        } finally {
            connection.disconnect();
        }
    }

    private HttpURLConnection open(URI uri) throws IOException {
        HttpURLConnection connection =
                (HttpURLConnection) uri.toURL().openConnection(Proxy.NO_PROXY);
        if (connection instanceof HttpsURLConnection https && !rules.isListed(uri)) {
            https.setSSLSocketFactory(PublicSockets.shared());
        }
        connection.setInstanceFollowRedirects(false);
        connection.setUseCaches(false);
        connection.setConnectTimeout(Math.toIntExact(connectTimeout.toMillis()));
        connection.setReadTimeout(Math.toIntExact(answerTimeout.toMillis()));
        return connection;
    }

    /// The length is fixed, as otherwise the client would repeat a request that broke, unasked.
    private void write(HttpURLConnection connection, Delivery delivery, byte[] body)
            throws IOException {
        String id = delivery.webhookId();
        Signer signer = secrets.of(delivery.tenant());
        long timestamp = Instant.now().getEpochSecond();
        connection.setRequestMethod("POST");
        connection.setDoOutput(true);
        connection.setFixedLengthStreamingMode(body.length);
        connection.setRequestProperty("Connection", "close");
        connection.setRequestProperty("User-Agent", "Sparsemesh");
        connection.setRequestProperty("Content-Type", CloudEvent.MEDIA_TYPE);
        connection.setRequestProperty("webhook-id", id);
        connection.setRequestProperty("webhook-timestamp", Long.toString(timestamp));
        connection.setRequestProperty("webhook-signature", signer.sign(id, timestamp, body));
        try (OutputStream out = connection.getOutputStream()) {
            out.write(body);
        }
    }

    private static Outcome answer(HttpURLConnection connection) throws IOException {
        int status = connection.getResponseCode();
        if (status < 0) {
            return new Outcome.Failed("expected an answer of HTTP, found another");
        }
        return new Outcome.Answered(status, retryAfter(connection.getHeaderField("Retry-After")));
    }

    /// Seconds, or a date.
    static Optional<Duration> retryAfter(String header) {
        if (header == null) {
            return Optional.empty();
        }
        if (header.matches("[0-9]{1,9}")) {
            return Optional.of(Duration.ofSeconds(Long.parseLong(header)));
        }
        try {
            Instant until =
                    ZonedDateTime.parse(header, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
            return Optional.of(Duration.between(Instant.now(), until)).filter(Duration::isPositive);
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    private static Outcome failed(Throwable cause) {
        String message = String.valueOf(cause.getMessage());
        String error =
                switch (cause) {
                    case UnknownHostException _ ->
                            "expected a host that is known, found " + message;
                    case SocketTimeoutException _ -> "expected an answer in time: " + message;
                    default -> message;
                };
        String shown = error.replaceAll("\\p{Cntrl}", " ");
        return new Outcome.Failed(shown.substring(0, Math.min(LONGEST_ERROR, shown.length())));
    }
}
