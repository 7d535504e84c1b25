package io.sparsemesh.gateway;

import java.util.HashMap;
import java.util.Map;

/// The servers of the tests, and an identity provider that is away.
public final class AwayServers extends GatewayServers {

    @Override
    public Map<String, String> start() {
        Map<String, String> settings = new HashMap<>(super.start());
        settings.put("sparsemesh.gateway.auth.mode", "on");
        settings.put("sparsemesh.gateway.auth.root-key", AccessServers.ROOT_KEY);
        settings.put("sparsemesh.gateway.auth.oidc-url", "http://127.0.0.1:9");
        return settings;
    }
}
