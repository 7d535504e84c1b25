package io.sparsemesh.gateway.source;

import io.sparsemesh.artifacts.FileRoots;
import io.sparsemesh.gateway.access.Tenant;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.util.List;

/// The directories that each tenant's requests may name files in. A configured root with `{tenant}`
/// in its path is another for each; one without is for all.
@Singleton
public final class TenantRoots {

    private final List<String> configured;

    TenantRoots(SourceSettings settings) {
        this.configured = settings.roots().orElse(List.of());
    }

    public Roots of(Tenant tenant) {
        return new Roots(
                configured.stream()
                        .map(root -> Path.of(root.replace(FileRoots.TENANT, tenant.name())))
                        .toList());
    }
}
