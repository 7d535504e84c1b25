package io.sparsemesh.gateway.quota;

import io.smallrye.config.ConfigMapping;
import java.util.OptionalInt;

/// What one tenant may have and ask for; no limit where none is set.
@ConfigMapping(prefix = "sparsemesh.gateway.quota")
interface QuotaSettings {

    /// Jobs that have not ended, at a time.
    OptionalInt jobs();

    /// Calls of the API in a minute, at each gateway.
    OptionalInt callsPerMinute();
}
