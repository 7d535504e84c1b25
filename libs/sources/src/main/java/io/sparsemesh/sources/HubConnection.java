package io.sparsemesh.sources;

import io.sparsemesh.sources.ModelSourceException.Kind;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.HttpsURLConnection;

/// GET requests to the Hub, redirects followed by hand: each address is judged first, and once more
/// as the connection is made, and the token goes to the Hub's own alone. The JDK's older client,
/// because it limits how long a read waits; the newer one waits for ever in the middle of a body.
///
/// @param uri of the model, for messages
record HubConnection(SourceSettings.Hub hub, String uri) {

    private static final int REDIRECTS = 5;
    private static final int CONNECT_MILLIS = 10_000;
    private static final int READ_MILLIS = 60_000;

    /// @param file for messages
    /// @return an answer of 200 or 206
    HttpURLConnection get(URI address, Map<String, String> headers, String file)
            throws IOException {
        URI next = address;
        for (int hop = 0; hop <= REDIRECTS; hop++) {
            HttpURLConnection answer = ask(next, headers, file);
            Optional<URI> redirect = redirect(answer, next, file);
            if (redirect.isEmpty()) {
                return judged(answer, file);
            }
            answer.disconnect();
            next = redirect.get();
        }
        throw fault(
                Kind.NOT_ALLOWED,
                file,
                "expected at most %d redirects, found more".formatted(REDIRECTS));
    }

    private HttpURLConnection ask(URI address, Map<String, String> headers, String file)
            throws IOException {
        Hosts hosts = new Hosts(hub.endpoint(), hub.redirectHosts());
        String objection = hosts.objection(address);
        if (!objection.isEmpty()) {
            throw fault(
                    Kind.NOT_ALLOWED,
                    file,
                    "%s, found a redirect to %s://%s"
                            .formatted(objection, address.getScheme(), address.getHost()));
        }
        HttpURLConnection connection = (HttpURLConnection) address.toURL().openConnection();
        if (connection instanceof HttpsURLConnection https && hosts.isHeldToPublicNet(address)) {
            https.setSSLSocketFactory(PublicSockets.shared());
        }
        connection.setInstanceFollowRedirects(false);
        connection.setConnectTimeout(CONNECT_MILLIS);
        connection.setReadTimeout(READ_MILLIS);
        connection.setRequestProperty("Accept-Encoding", "identity");
        headers.forEach(connection::setRequestProperty);
        if (hosts.isEndpoint(address)) {
            hub.token()
                    .ifPresent(t -> connection.setRequestProperty("Authorization", "Bearer " + t));
        }
        return connection;
    }

    private Optional<URI> redirect(HttpURLConnection answer, URI from, String file)
            throws IOException {
        String location = answer.getHeaderField("Location");
        int status = answer.getResponseCode();
        if (status < 301 || status > 308 || status == 304 || location == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(from.resolve(location));
        } catch (IllegalArgumentException e) {
            throw fault(Kind.NOT_ALLOWED, file, "expected a valid address in a redirect");
        }
    }

    private HttpURLConnection judged(HttpURLConnection answer, String file) throws IOException {
        int status = answer.getResponseCode();
        if (status == 200 || status == 206) {
            return answer;
        }
        Optional<Duration> pause = retryAfter(answer);
        answer.disconnect();
        throw failure(status, pause, file);
    }

    private IOException failure(int status, Optional<Duration> pause, String file) {
        String detail = "expected status 200, found " + status;
        return switch (status) {
            case 401, 403 -> throw fault(Kind.ACCESS_DENIED, file, detail + access());
            case 404, 410 -> throw fault(Kind.NOT_FOUND, file, detail);
            case 416 -> new RangeException(detail);
            case 408, 425, 429, 500, 502, 503, 504 -> new BusyException(detail, pause);
            default -> throw fault(Kind.UNUSABLE, file, detail);
        };
    }

    private String access() {
        return hub.token().isPresent()
                ? ": the token does not give access"
                : ": set HF_TOKEN to a token that gives access";
    }

    private static Optional<Duration> retryAfter(HttpURLConnection answer) {
        String seconds = answer.getHeaderField("Retry-After");
        return seconds != null && seconds.matches("[0-9]{1,6}")
                ? Optional.of(Duration.ofSeconds(Long.parseLong(seconds)))
                : Optional.empty();
    }

    private ModelSourceException fault(Kind kind, String file, String detail) {
        return new ModelSourceException(kind, uri, file, detail);
    }
}
