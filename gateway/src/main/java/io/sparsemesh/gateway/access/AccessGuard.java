package io.sparsemesh.gateway.access;

import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/// Lets the gateway start only where it keeps strangers out, and lets somebody in.
@ApplicationScoped
class AccessGuard {

    private static final int LEAST_ROOT_KEY = 32;

    /// Before anything connects.
    private static final int FIRST = 1;

    private final AccessSettings settings;
    private final ApiKeys keys;
    private final IdentityProvider provider;
    private final String host;

    AccessGuard(
            AccessSettings settings,
            ApiKeys keys,
            IdentityProvider provider,
            @ConfigProperty(name = "quarkus.http.host") String host) {
        this.settings = settings;
        this.keys = keys;
        this.provider = provider;
        this.host = host;
    }

    void check(@Observes @Priority(FIRST) StartupEvent event) {
        if (!settings.enabled()) {
            requireLoopback();
            return;
        }
        settings.rootKey().ifPresent(AccessGuard::requireLong);
        if (settings.rootKey().isEmpty() && !provider.isConfigured() && !keys.any()) {
            throw new ConfigurationException(
                    "nobody could come in: set SPARSEMESH_ROOT_KEY, to make API keys with, or"
                            + " SPARSEMESH_OIDC_URL; on a loopback address"
                            + " SPARSEMESH_AUTH=off does without");
        }
    }

    private void requireLoopback() {
        try {
            if (InetAddress.getByName(host).isLoopbackAddress()) {
                return;
            }
        } catch (UnknownHostException e) {
            throw new ConfigurationException(
                    "SPARSEMESH_HOST: expected an address of this machine, found '%s'"
                            .formatted(host),
                    e);
        }
        throw new ConfigurationException(
                "SPARSEMESH_AUTH=off: expected SPARSEMESH_HOST to be a loopback address, found '%s',"
                                .formatted(host)
                        + " where everybody could delete jobs; turn authentication on");
    }

    private static void requireLong(String key) {
        if (key.length() < LEAST_ROOT_KEY) {
            throw new ConfigurationException(
                    "SPARSEMESH_ROOT_KEY: expected at least %d characters, found %d; make one with: openssl rand -hex 32"
                            .formatted(LEAST_ROOT_KEY, key.length()));
        }
    }
}
