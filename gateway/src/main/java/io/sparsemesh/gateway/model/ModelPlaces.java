package io.sparsemesh.gateway.model;

import io.sparsemesh.artifacts.AllowedBuckets;
import io.sparsemesh.artifacts.OutsideRootsException;
import io.sparsemesh.gateway.access.Tenant;
import io.sparsemesh.gateway.problem.Code;
import io.sparsemesh.gateway.source.FileUri;
import io.sparsemesh.gateway.source.SourceException;
import io.sparsemesh.gateway.source.TenantRoots;
import io.sparsemesh.sources.ModelSourceException;
import io.sparsemesh.sources.ModelSources;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;
import java.util.Optional;

/// Finds the models that requests name: folders below the roots, and remote models, which are
/// pinned here and of which nothing but config, tokenizer and headers is fetched.
@ApplicationScoped
public class ModelPlaces {

    private final TenantRoots roots;
    private final AllowedBuckets buckets;
    private final ModelSources sources;

    ModelPlaces(TenantRoots roots, AllowedBuckets buckets, SourcesConfig config) {
        this.roots = roots;
        this.buckets = buckets;
        this.sources = SourcesConfig.open(config);
    }

    /// @param tenant who asks
    /// @param revision asked for beside the URI
    /// @throws SourceException if there is no such model, or it may not or cannot be read
    public ModelPlace find(Tenant tenant, String uri, Optional<String> revision) {
        if (!ModelSources.isRemote(uri)) {
            Path folder = roots.of(tenant).folder(uri, Code.MODEL_NOT_FOUND);
            return new ModelPlace(FileUri.of(folder), Optional.empty(), folder);
        }
        try {
            ModelSources.requireForm(uri);
            buckets.require(uri, tenant.name());
            ModelSources.Pinned pinned = sources.pin(uri, revision);
            return new ModelPlace(pinned.uri(), Optional.of(pinned.revision()), pinned.folder());
        } catch (OutsideRootsException e) {
            throw new SourceException(Code.SOURCE_NOT_ALLOWED, e.getMessage());
        } catch (ModelSourceException e) {
            throw new SourceException(code(e.kind()), e.getMessage());
        }
    }

    private static String code(ModelSourceException.Kind kind) {
        return switch (kind) {
            case INVALID_URI -> Code.INVALID_URI;
            case NOT_ALLOWED -> Code.SOURCE_NOT_ALLOWED;
            case NOT_FOUND -> Code.MODEL_NOT_FOUND;
            case UNUSABLE -> Code.INVALID_MODEL;
            case ACCESS_DENIED, CHANGED, CORRUPT, NO_SPACE, UNREACHABLE ->
                    Code.SOURCE_NOT_AVAILABLE;
        };
    }
}
