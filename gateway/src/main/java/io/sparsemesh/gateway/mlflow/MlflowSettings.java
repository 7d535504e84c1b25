package io.sparsemesh.gateway.mlflow;

import io.smallrye.config.ConfigMapping;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/// Where ended jobs are logged; see `application.properties`.
@ConfigMapping(prefix = "sparsemesh.gateway.mlflow")
interface MlflowSettings {

    /// Of the tracking server, with the path that it lies under. Nothing is exported without.
    Optional<URI> url();

    /// Sent as a bearer token.
    Optional<String> token();

    /// `{tenant}` in it makes it another for each tenant.
    String experiment();

    /// Where users reach this gateway, for links in runs.
    Optional<URI> publicUrl();

    /// Pause before the second attempt; doubles with each one.
    Duration retryFirst();

    /// Longest pause.
    Duration retryLongest();

    /// After this an export is given up.
    Duration retryFor();

    /// Of each call.
    Duration timeout();
}
