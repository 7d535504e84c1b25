package io.sparsemesh.gateway;

import java.util.Map;

/// The servers of the tests, and callers who must say who they are.
public final class AccessServers extends GatewayServers {

    static final String ROOT_KEY = "0123456789abcdef0123456789abcdef";

    private FakeProvider provider;

    @Override
    Map<String, String> more() {
        provider = FakeProvider.start();
        return Map.of(
                "sparsemesh.gateway.auth.mode",
                "on",
                "sparsemesh.gateway.auth.root-key",
                ROOT_KEY,
                "sparsemesh.gateway.auth.oidc-url",
                FakeProvider.issuer(),
                "sparsemesh.gateway.events.longest",
                "2s");
    }

    @Override
    public void stop() {
        provider.close();
        super.stop();
    }
}
