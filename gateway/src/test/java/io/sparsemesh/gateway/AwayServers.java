package io.sparsemesh.gateway;

import java.util.Map;

/// The servers of the tests, and an identity provider that is away.
public final class AwayServers extends GatewayServers {

    @Override
    Map<String, String> more() {
        return Map.of(
                "sparsemesh.gateway.auth.mode", "on",
                "sparsemesh.gateway.auth.root-key", AccessServers.ROOT_KEY,
                "sparsemesh.gateway.auth.oidc-url", "http://127.0.0.1:9");
    }
}
