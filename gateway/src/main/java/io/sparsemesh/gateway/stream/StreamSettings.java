package io.sparsemesh.gateway.stream;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/// How event streams behave.
@ConfigMapping(prefix = "sparsemesh.gateway.events")
interface StreamSettings {

    /// Longest silence: a comment is sent after it, so that proxies keep the connection.
    @WithDefault("15s")
    Duration heartbeat();

    /// A stream ends after this time, and the client goes on with another: so one whose key was
    /// revoked, or whose token has expired, does not read on for ever.
    @WithDefault("15m")
    Duration longest();

    /// Streams that a tenant may have open at this gateway.
    @WithDefault("512")
    int perTenant();
}
