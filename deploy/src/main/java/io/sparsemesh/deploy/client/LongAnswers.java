package io.sparsemesh.deploy.client;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.Map;
import java.util.Optional;

/// Opens answers that take long to read: event streams and files. Every single read has a limit,
/// which `java.net.http` cannot set: so a connection that is dead but not closed is noticed.
public final class LongAnswers {
    /// Streams send a comment every 15 s of silence.
    private static final int SILENCE_MILLIS = 60_000;

    private static final int CONNECT_MILLIS = 5_000;

    private final URI base;
    private final Optional<String> token;

    LongAnswers(URI base, Optional<String> token) {
        this.base = base;
        this.token = token;
    }

    /// @param status HTTP status, 200 or 206
    /// @param body to be closed by the caller
    public record Answer(int status, InputStream body) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            body.close();
        }
    }

    /// @throws ProblemException if the gateway refuses
    /// @throws UnreachableException if nobody answers
    Answer open(String path, Map<String, String> headers) {
        try {
            HttpURLConnection call = call(path, headers);
            int status = call.getResponseCode();
            if (status / 100 == 2) {
                return new Answer(status, call.getInputStream());
            }
            throw new ProblemException(Problem.of(status, Problem.body(error(call))));
        } catch (IOException e) {
            throw new UnreachableException(base, e);
        }
    }

    private HttpURLConnection call(String path, Map<String, String> headers) throws IOException {
        HttpURLConnection call =
                (HttpURLConnection) URI.create(base + path).toURL().openConnection();
        call.setConnectTimeout(CONNECT_MILLIS);
        call.setReadTimeout(SILENCE_MILLIS);
        call.setInstanceFollowRedirects(false);
        call.setUseCaches(false);
        headers.forEach(call::setRequestProperty);
        token.ifPresent(t -> call.setRequestProperty("Authorization", "Bearer " + t));
        return call;
    }

    private static byte[] error(HttpURLConnection call) throws IOException {
        try (InputStream body = call.getErrorStream()) {
            return body == null ? new byte[0] : body.readAllBytes();
        }
    }
}
