package io.sparsemesh.gateway;

import java.util.Map;

/// The servers of the tests, and a gateway that allows each tenant little.
public final class QuotaServers extends GatewayServers {

    static final int JOBS = 3;
    static final int CALLS = 40;
    static final int STREAMS = 2;

    @Override
    Map<String, String> more() {
        return Map.of(
                "sparsemesh.gateway.auth.mode",
                "on",
                "sparsemesh.gateway.auth.root-key",
                AccessServers.ROOT_KEY,
                "sparsemesh.gateway.quota.jobs",
                Integer.toString(JOBS),
                "sparsemesh.gateway.quota.calls-per-minute",
                Integer.toString(CALLS),
                "sparsemesh.gateway.events.per-tenant",
                Integer.toString(STREAMS));
    }
}
