package io.sparsemesh.sources;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// Where models may come from, and where they are kept.
///
/// @param cache folder of downloaded models; without one nothing is fetched
/// @param maxBytes what the cache may hold
public record SourceSettings(
        Optional<Path> cache, OptionalLong maxBytes, Hub hub, Buckets buckets, Retrying retrying) {

    /// The Hub itself, and where it keeps large files.
    private static final List<String> HUB_HOSTS = List.of("huggingface.co", "hf.co");

    /// @param endpoint base of all addresses
    /// @param token is sent to `endpoint` alone
    /// @param redirectHosts domains, with their subdomains, that downloads may be redirected to
    public record Hub(URI endpoint, Optional<String> token, List<String> redirectHosts) {

        public static Hub of(URI endpoint, Optional<String> token) {
            return new Hub(endpoint, token, HUB_HOSTS);
        }

        @Override
        public String toString() {
            return "Hub[endpoint=%s, token=%s]"
                    .formatted(endpoint, token.isPresent() ? "given" : "none");
        }
    }

    /// @param allowed buckets that requests may name
    /// @param endpoint of a server other than Amazon's
    /// @param pathStyle whether the bucket stands in the path, not in the host's name
    public record Buckets(
            Set<String> allowed,
            Optional<URI> endpoint,
            Optional<String> region,
            boolean pathStyle) {}

    /// @param attempts in a row that bring nothing new before the server counts as unreachable
    /// @param pause before the second attempt; doubles with each one
    /// @param longest pause, also where the server asks for a longer one
    public record Retrying(int attempts, Duration pause, Duration longest) {

        public static final Retrying DEFAULT =
                new Retrying(6, Duration.ofMillis(500), Duration.ofMinutes(2));

        /// While somebody waits for an answer.
        public static final Retrying BRIEF =
                new Retrying(3, Duration.ofMillis(500), Duration.ofSeconds(5));
    }

    /// Settings that fetch nothing.
    public static SourceSettings none() {
        return new SourceSettings(
                Optional.empty(),
                OptionalLong.empty(),
                Hub.of(URI.create("https://huggingface.co"), Optional.empty()),
                new Buckets(Set.of(), Optional.empty(), Optional.empty(), false),
                Retrying.DEFAULT);
    }
}
