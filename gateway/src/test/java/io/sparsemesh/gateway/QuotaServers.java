package io.sparsemesh.gateway;

import java.util.HashMap;
import java.util.Map;

/// The servers of the tests, and a gateway that allows each tenant little.
public final class QuotaServers extends GatewayServers {

    static final int JOBS = 3;
    static final int CALLS = 40;

    @Override
    public Map<String, String> start() {
        Map<String, String> settings = new HashMap<>(super.start());
        settings.put("sparsemesh.gateway.auth.mode", "on");
        settings.put("sparsemesh.gateway.auth.root-key", AccessServers.ROOT_KEY);
        settings.put("sparsemesh.gateway.quota.jobs", Integer.toString(JOBS));
        settings.put("sparsemesh.gateway.quota.calls-per-minute", Integer.toString(CALLS));
        return settings;
    }
}
