package io.sparsemesh.evaluator.service;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.sparsemesh.artifacts.AllowedBuckets;
import io.sparsemesh.sources.ModelSources;
import io.sparsemesh.sources.SourceSettings;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// Where models may be fetched from, and where they are kept; see `application.properties`.
@ConfigMapping(prefix = "sparsemesh.sources")
interface SourcesConfig {

    /// Folder of fetched models, shared by the processes of a machine.
    Optional<Path> cache();

    /// What that folder may hold.
    Optional<MemorySize> maxBytes();

    /// Base address of the Hub.
    URI hubEndpoint();

    /// Sent to the Hub alone.
    Optional<String> hubToken();

    /// Buckets that requests may name, as of [AllowedBuckets].
    Optional<Set<String>> buckets();

    /// Server of the buckets, if not Amazon's.
    Optional<URI> s3Endpoint();

    Optional<String> s3Region();

    /// Whether the bucket stands in the path, not in the host's name.
    boolean s3PathStyle();

    /// Not a default method, which would be a setting.
    static ModelSources open(SourcesConfig config) {
        return new ModelSources(
                new SourceSettings(
                        config.cache(),
                        config.maxBytes()
                                .map(m -> OptionalLong.of(m.asLongValue()))
                                .orElse(OptionalLong.empty()),
                        SourceSettings.Hub.of(config.hubEndpoint(), config.hubToken()),
                        buckets(config),
                        SourceSettings.Retrying.DEFAULT));
    }

    private static AllowedBuckets allowed(SourcesConfig config) {
        return new AllowedBuckets(config.buckets().orElse(Set.of()));
    }

    private static SourceSettings.Buckets buckets(SourcesConfig config) {
        return new SourceSettings.Buckets(
                allowed(config).names(),
                config.s3Endpoint(),
                config.s3Region(),
                config.s3PathStyle());
    }
}
