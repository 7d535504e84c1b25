package io.sparsemesh.artifacts;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/// How S3 is reached. Credentials are those of the SDK's default chain.
///
/// @param endpoint of a server other than Amazon's
/// @param pathStyle whether the bucket stands in the path, not in the host's name
public record S3Settings(
        Optional<URI> endpoint, Optional<String> region, boolean pathStyle, Timing timing) {

    /// @param connect until a connection stands
    /// @param silence between two pieces of an answer
    /// @param attempt until one attempt at a call has its answer
    /// @param call all attempts at a call and the pauses between them
    /// @param attempts at a call, where it may help
    public record Timing(
            Duration connect, Duration silence, Duration attempt, Duration call, int attempts) {

        /// A piece of an upload takes an attempt, on a slow line too.
        public static final Timing DEFAULT =
                new Timing(
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(60),
                        Duration.ofMinutes(2),
                        Duration.ofMinutes(10),
                        6);
    }

    public S3Settings(Optional<URI> endpoint, Optional<String> region, boolean pathStyle) {
        this(endpoint, region, pathStyle, Timing.DEFAULT);
    }
}
