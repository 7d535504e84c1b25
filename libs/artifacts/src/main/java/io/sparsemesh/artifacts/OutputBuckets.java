package io.sparsemesh.artifacts;

import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/// The buckets that outputs of jobs may lie in, as `s3://bucket/prefix`.
public final class OutputBuckets implements AutoCloseable {

    private final Set<String> allowed;
    private final Optional<Path> staging;
    private final S3Settings settings;
    private S3Connection connection;

    /// @param allowed buckets that requests may name
    /// @param staging folder for files on their way
    public OutputBuckets(Set<String> allowed, Optional<Path> staging, S3Settings settings) {
        this.allowed = Set.copyOf(allowed);
        this.staging = staging;
        this.settings = settings;
    }

    /// Of a process that is to write to none.
    public static OutputBuckets none() {
        return new OutputBuckets(
                Set.of(),
                Optional.empty(),
                new S3Settings(Optional.empty(), Optional.empty(), false));
    }

    /// Whether an output's URI is this one's matter; all others are folders.
    public static boolean isBucket(String uri) {
        return uri.startsWith(S3Location.SCHEME);
    }

    /// The place that a URI names; nobody is asked whether anything lies there.
    ///
    /// @throws OutsideRootsException if the URI is malformed, or its bucket may not be named here
    public BucketFolder folder(String uri) {
        S3Location location = location(uri);
        if (!allowed.contains(location.bucket())) {
            throw new OutsideRootsException(
                    uri,
                    "one of the allowed buckets %s (SPARSEMESH_BUCKETS, or --bucket of dev)"
                            .formatted(allowed.stream().sorted().toList()));
        }
        Path folder =
                staging.orElseThrow(
                        () ->
                                new OutsideRootsException(
                                        uri, "a folder for files on their way (SPARSEMESH_CACHE)"));
        return new BucketFolder(connection(), location, folder);
    }

    private static S3Location location(String uri) {
        try {
            S3Location location = S3Location.parse(uri);
            if (location.prefix().isEmpty()) {
                throw new IllegalArgumentException("a whole bucket is no output");
            }
            return location;
        } catch (IllegalArgumentException e) {
            throw new OutsideRootsException(uri, "s3://bucket/prefix", e);
        }
    }

    private synchronized S3Connection connection() {
        if (connection == null) {
            connection = S3Connection.open(settings);
        }
        return connection;
    }

    @Override
    public synchronized void close() {
        if (connection != null) {
            connection.close();
        }
    }
}
