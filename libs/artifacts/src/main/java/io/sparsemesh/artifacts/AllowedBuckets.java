package io.sparsemesh.artifacts;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// The buckets that jobs may name, as they are configured: `bucket`, or `bucket/prefix` for what
/// lies below. [FileRoots#TENANT] in a prefix stands for the name of whose job it is.
public final class AllowedBuckets {

    private static final String START = S3Location.SCHEME + "//";

    private final Set<String> entries;

    public AllowedBuckets(Set<String> entries) {
        this.entries = new TreeSet<>(entries);
    }

    /// Names of the buckets: all that a process can look at that does not know whose a job is.
    public Set<String> names() {
        return entries.stream()
                .map(entry -> entry.split("/", 2)[0])
                .collect(Collectors.toUnmodifiableSet());
    }

    /// @param uri `s3://bucket/prefix`, with or without a fragment; any other form is judged
    ///     elsewhere
    /// @throws OutsideRootsException if the tenant's jobs may not name it
    public void require(String uri, String tenant) {
        if (!uri.startsWith(START)) {
            return;
        }
        List<String> own =
                entries.stream().map(entry -> entry.replace(FileRoots.TENANT, tenant)).toList();
        String place = uri.substring(START.length()).replaceFirst("#.*", "");
        if (own.stream().noneMatch(entry -> isAtOrBelow(place, entry))) {
            throw new OutsideRootsException(
                    uri,
                    "one of the allowed buckets %s (SPARSEMESH_BUCKETS, or --bucket of dev)"
                            .formatted(own));
        }
    }

    private static boolean isAtOrBelow(String place, String entry) {
        return place.equals(entry) || place.startsWith(entry + "/");
    }
}
