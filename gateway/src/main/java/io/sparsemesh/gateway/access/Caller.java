package io.sparsemesh.gateway.access;

import java.util.Set;

/// Who sends a request.
sealed interface Caller {

    /// Someone of a tenant.
    ///
    /// @param name the key's or the subject's, for logs
    record Member(String name, Tenant tenant, Set<Scope> scopes) implements Caller {

        public Member {
            scopes = Set.copyOf(scopes);
        }
    }

    /// Whoever has the root key: makes the first keys of tenants, and may do nothing else.
    record Root() implements Caller {}

    /// Everybody, where nobody is asked.
    Caller ANYBODY = new Member("anybody", Tenant.DEFAULT, Scope.ALL);
}
