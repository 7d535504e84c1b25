package io.sparsemesh.gateway.model;

import io.sparsemesh.artifacts.AllowedBuckets;
import io.sparsemesh.artifacts.OutputBuckets;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/// The buckets that models may come from may also take outputs.
final class OutputBeans {

    @Produces
    @Singleton
    AllowedBuckets allowed(SourcesConfig config) {
        return SourcesConfig.allowed(config);
    }

    @Produces
    @Singleton
    OutputBuckets outputs(SourcesConfig config) {
        return SourcesConfig.outputs(config);
    }
}
