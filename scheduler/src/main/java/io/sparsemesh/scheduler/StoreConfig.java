package io.sparsemesh.scheduler;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.sparsemesh.artifacts.S3Settings;
import io.sparsemesh.artifacts.StoreSettings;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/// Where the artifacts lie; see `application.properties`.
@ConfigMapping(prefix = "sparsemesh.store")
interface StoreConfig {

    /// A directory, or `s3://bucket/prefix`.
    String place();

    /// Whether what is stored in a directory is to survive the machine's crash.
    boolean durable();

    /// Folder for copies of what lies in S3, shared by the processes of a machine.
    Optional<Path> cache();

    /// What that folder may hold.
    MemorySize cacheBytes();

    /// Server of the bucket, if not Amazon's.
    Optional<URI> s3Endpoint();

    Optional<String> s3Region();

    /// Whether the bucket stands in the path, not in the host's name.
    boolean s3PathStyle();

    /// Not a default method, which would be a setting.
    static StoreSettings settings(StoreConfig config) {
        return new StoreSettings(
                config.place(),
                config.durable(),
                config.cache(),
                config.cacheBytes().asLongValue(),
                new S3Settings(config.s3Endpoint(), config.s3Region(), config.s3PathStyle()));
    }
}
