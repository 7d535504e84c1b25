package io.sparsemesh.gateway.webhook;

import io.sparsemesh.gateway.problem.Code;
import io.sparsemesh.sources.PublicNet;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Where webhooks may go: public addresses by HTTPS, as models are fetched from, and hosts that the
/// operator has listed, wherever they are.
final class AddressRules {

    static final String SETTING = "SPARSEMESH_WEBHOOK_HOSTS";

    private static final int LONGEST = 2048;

    private final Set<String> listed;

    /// @param listed `host` or `host:port`
    AddressRules(Set<String> listed) {
        this.listed =
                listed.stream()
                        .map(host -> host.strip().toLowerCase(Locale.ROOT))
                        .collect(Collectors.toUnmodifiableSet());
    }

    /// Why a webhook may not go to an address.
    ///
    /// @param code of the problem that says so
    record Objection(String code, String detail) {}

    /// What is wrong with an address, if anything is. A name that cannot be resolved now is not:
    /// each attempt to send is held to the rules again.
    Optional<Objection> objection(String text) {
        Optional<URI> parsed = parse(text);
        if (parsed.isEmpty()) {
            return refused(
                    Code.INVALID_URI,
                    "expected an https address of at most %d ASCII characters, with a host, without user and fragment, found another"
                            .formatted(LONGEST));
        }
        URI uri = parsed.get();
        boolean https = uri.getScheme().equalsIgnoreCase("https");
        if (!https && !uri.getScheme().equalsIgnoreCase("http")) {
            return refused(
                    Code.UNSUPPORTED_SCHEME, "expected an https address, found " + uri.getScheme());
        }
        if (isListed(uri)) {
            return Optional.empty();
        }
        if (!https) {
            return refused(
                    Code.WEBHOOK_NOT_ALLOWED,
                    "expected an https address, or a host listed in %s, found http://%s"
                            .formatted(SETTING, uri.getHost()));
        }
        return isPublic(uri.getHost())
                ? Optional.empty()
                : refused(
                        Code.WEBHOOK_NOT_ALLOWED,
                        "expected a public address, or a host listed in %s, found %s"
                                .formatted(SETTING, uri.getHost()));
    }

    private static Optional<Objection> refused(String code, String detail) {
        return Optional.of(new Objection(code, detail));
    }

    private static Optional<URI> parse(String text) {
        try {
            URI uri = new URI(text);
            boolean whole =
                    uri.getScheme() != null
                            && uri.getHost() != null
                            && uri.getRawUserInfo() == null
                            && uri.getRawFragment() == null
                            && uri.getPort() < 1 << 16;
            boolean ascii = StandardCharsets.US_ASCII.newEncoder().canEncode(text);
            return whole && ascii && text.length() <= LONGEST ? Optional.of(uri) : Optional.empty();
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }

    /// Whether the operator answers for that host.
    boolean isListed(URI uri) {
        String host = uri.getHost().toLowerCase(Locale.ROOT);
        return listed.contains(host) || listed.contains(receiver(uri));
    }

    private static boolean isPublic(String host) {
        try {
            return Arrays.stream(InetAddress.getAllByName(host)).allMatch(PublicNet::holds);
        } catch (UnknownHostException e) {
            return true;
        }
    }

    /// Who answers at an address, as `host:port`.
    static String receiver(URI uri) {
        int standard = uri.getScheme().equalsIgnoreCase("https") ? 443 : 80;
        int port = uri.getPort() < 0 ? standard : uri.getPort();
        return uri.getHost().toLowerCase(Locale.ROOT) + ":" + port;
    }
}
