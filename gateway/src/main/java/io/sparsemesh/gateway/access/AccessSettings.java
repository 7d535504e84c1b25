package io.sparsemesh.gateway.access;

import io.smallrye.config.ConfigMapping;
import java.util.Optional;

/// How callers are known; `application.properties` has the defaults.
@ConfigMapping(prefix = "sparsemesh.gateway.auth")
interface AccessSettings {

    enum Mode {
        ON,
        OFF
    }

    /// Whether callers must say who they are; only a gateway on a loopback address may do without.
    Mode mode();

    default boolean enabled() {
        return mode() == Mode.ON;
    }

    /// What makes the first keys of tenants, at least 32 characters.
    Optional<String> rootKey();

    /// Address of the OpenID Connect provider whose tokens are accepted; none if absent.
    Optional<String> oidcUrl();

    /// What tokens must be made for: others' tokens of the same provider are not accepted.
    String oidcAudience();

    /// Claim of the identity provider's tokens that names the tenant.
    String tenantClaim();

    /// Claim that has the scopes, as a list or as text with spaces between them.
    String scopeClaim();
}
