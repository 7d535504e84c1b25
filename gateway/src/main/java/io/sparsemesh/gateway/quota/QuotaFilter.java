package io.sparsemesh.gateway.quota;

import io.sparsemesh.gateway.access.CurrentCaller;
import jakarta.ws.rs.Priorities;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;

/// Counts the calls of each tenant. Whoever has the root key is of none.
final class QuotaFilter {

    /// Once it is known who calls.
    private static final int NEXT = Priorities.AUTHENTICATION + 1;

    private final Quotas quotas;
    private final CurrentCaller caller;

    QuotaFilter(Quotas quotas, CurrentCaller caller) {
        this.quotas = quotas;
        this.caller = caller;
    }

    @ServerRequestFilter(priority = NEXT)
    void count() {
        caller.ownTenant().ifPresent(quotas::call);
    }
}
