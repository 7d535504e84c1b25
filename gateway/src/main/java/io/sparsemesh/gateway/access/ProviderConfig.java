package io.sparsemesh.gateway.access;

import io.quarkus.oidc.OidcRequestContext;
import io.quarkus.oidc.OidcTenantConfig;
import io.quarkus.oidc.TenantConfigResolver;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;

/// Tells Quarkus of the installation's identity provider when the first token comes, so that a
/// gateway starts though the provider is away, and without one if there is none.
@ApplicationScoped
class ProviderConfig implements TenantConfigResolver {

    private final Optional<OidcTenantConfig> provider;

    ProviderConfig(AccessSettings settings) {
        this.provider = settings.oidcUrl().map(url -> config(url, settings.oidcAudience()));
    }

    /// Tokens are verified here, by the provider's keys: none is sent anywhere.
    private static OidcTenantConfig config(String url, String audience) {
        return OidcTenantConfig.authServerUrl(url)
                .tenantId("provider")
                .token()
                .audience(audience)
                .allowOpaqueTokenIntrospection(false)
                .allowJwtIntrospection(false)
                .end()
                .build();
    }

    @Override
    public Uni<OidcTenantConfig> resolve(
            RoutingContext request, OidcRequestContext<OidcTenantConfig> context) {
        return Uni.createFrom().item(provider.orElse(null));
    }
}
