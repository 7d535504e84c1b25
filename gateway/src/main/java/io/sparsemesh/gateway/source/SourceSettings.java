package io.sparsemesh.gateway.source;

import io.smallrye.config.ConfigMapping;
import java.util.List;
import java.util.Optional;

/// Which part of the file system requests may name.
@ConfigMapping(prefix = "sparsemesh.gateway.sources")
interface SourceSettings {

    /// Directories that `file:` sources and outputs must lie under; `{tenant}` in one stands for
    /// the caller's tenant.
    Optional<List<String>> roots();
}
