package io.sparsemesh.gateway;

import java.util.HashMap;
import java.util.Map;

/// The servers of the tests, and callers who must say who they are.
public final class AccessServers extends GatewayServers {

    static final String ROOT_KEY = "0123456789abcdef0123456789abcdef";

    private FakeProvider provider;

    @Override
    public Map<String, String> start() {
        provider = FakeProvider.start();
        Map<String, String> settings = new HashMap<>(super.start());
        settings.put("sparsemesh.gateway.auth.mode", "on");
        settings.put("sparsemesh.gateway.events.longest", "2s");
        settings.put("sparsemesh.gateway.auth.root-key", ROOT_KEY);
        settings.put("sparsemesh.gateway.auth.oidc-url", FakeProvider.issuer());
        return settings;
    }

    @Override
    public void stop() {
        provider.close();
        super.stop();
    }
}
