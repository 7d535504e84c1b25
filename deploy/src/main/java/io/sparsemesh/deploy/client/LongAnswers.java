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
    private static final int FOUND = 302;
    private static final int TEMPORARY_REDIRECT = 307;
    private static final String RANGE = "Range";

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
            HttpURLConnection call = call(URI.create(base + path), headers);
            token.ifPresent(t -> call.setRequestProperty("Authorization", "Bearer " + t));
            int status = call.getResponseCode();
            return status == FOUND || status == TEMPORARY_REDIRECT
                    ? elsewhere(call.getHeaderField("Location"), headers)
                    : answer(call);
        } catch (IOException e) {
            throw new UnreachableException(base, e);
        }
    }

    /// What the gateway sent us to, once. The address itself gives access: no token goes there. The
    /// entity tags of that host are its own, so a range is asked for without `If-Range`; whoever
    /// reads checks the digest.
    private Answer elsewhere(String address, Map<String, String> headers) throws IOException {
        String range = headers.get(RANGE);
        return answer(call(web(address), range == null ? Map.of() : Map.of(RANGE, range)));
    }

    /// An address that is as safe as the gateway's.
    private URI web(String address) throws IOException {
        boolean secure = base.getScheme().equals("https");
        if (address == null || !address.matches(secure ? "https://.+" : "https?://.+")) {
            throw new IOException("expected to be sent to an address, found " + address);
        }
        try {
            return URI.create(address);
        } catch (IllegalArgumentException e) {
            throw new IOException("expected to be sent to an address, found " + address, e);
        }
    }

    private static Answer answer(HttpURLConnection call) throws IOException {
        int status = call.getResponseCode();
        if (status / 100 == 2) {
            return new Answer(status, call.getInputStream());
        }
        throw new ProblemException(Problem.of(status, Problem.body(error(call))));
    }

    private static HttpURLConnection call(URI uri, Map<String, String> headers) throws IOException {
        HttpURLConnection call = (HttpURLConnection) uri.toURL().openConnection();
        call.setConnectTimeout(CONNECT_MILLIS);
        call.setReadTimeout(SILENCE_MILLIS);
        call.setInstanceFollowRedirects(false);
        call.setUseCaches(false);
        headers.forEach(call::setRequestProperty);
        return call;
    }

    private static byte[] error(HttpURLConnection call) throws IOException {
        try (InputStream body = call.getErrorStream()) {
            return body == null ? new byte[0] : body.readAllBytes();
        }
    }
}
