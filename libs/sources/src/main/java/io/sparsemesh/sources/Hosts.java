package io.sparsemesh.sources;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.util.List;
import java.util.Locale;

/// Which hosts are asked: the configured endpoint, wherever it is, and for redirected downloads
/// public hosts of some domains by HTTPS. An endpoint on loopback may redirect to loopback.
///
/// @param endpoint configured
/// @param domains with their subdomains
record Hosts(URI endpoint, List<String> domains) {

    /// Whether the token may be sent there.
    boolean isEndpoint(URI address) {
        return address.getScheme().equals(endpoint.getScheme())
                && address.getHost().equalsIgnoreCase(endpoint.getHost())
                && port(address) == port(endpoint);
    }

    /// Whether the address that `address` is found at has to be public at the moment of connecting
    /// to it as well, whatever [#objection] found before: a name may resolve to another one then.
    /// An endpoint on loopback is that of a test, and so is where it redirects to.
    boolean isHeldToPublicNet(URI address) throws IOException {
        return !isEndpoint(address)
                && !InetAddress.getByName(endpoint.getHost()).isLoopbackAddress();
    }

    /// What is wrong with asking `address`, empty if nothing is.
    ///
    /// @throws IOException if its name cannot be resolved now
    String objection(URI address) throws IOException {
        if (address.getHost() == null || address.getUserInfo() != null) {
            return "expected an address with a host and no user";
        }
        if (isEndpoint(address)) {
            return "";
        }
        List<InetAddress> found = List.of(InetAddress.getAllByName(address.getHost()));
        boolean local = found.stream().allMatch(InetAddress::isLoopbackAddress);
        if (local && InetAddress.getByName(endpoint.getHost()).isLoopbackAddress()) {
            return "";
        }
        if (!"https".equals(address.getScheme()) || !isListed(address.getHost())) {
            return "expected an https address of one of " + domains;
        }
        return found.stream().allMatch(PublicNet::holds) ? "" : "expected a public address";
    }

    private boolean isListed(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        return domains.stream().anyMatch(d -> name.equals(d) || name.endsWith("." + d));
    }

    private static int port(URI address) {
        if (address.getPort() >= 0) {
            return address.getPort();
        }
        return "https".equals(address.getScheme()) ? 443 : 80;
    }
}
