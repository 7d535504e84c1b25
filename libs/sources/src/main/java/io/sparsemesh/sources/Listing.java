package io.sparsemesh.sources;

import java.nio.file.Path;
import java.util.List;

/// The files of one state of a model, which never changes.
///
/// @param uri pinned
/// @param revision that `uri` is pinned to
/// @param place folder below the cache
/// @param files those that are fetched
record Listing(String uri, String revision, Path place, List<RemoteFile> files) {

    long bytes() {
        return bytes(false) + bytes(true);
    }

    /// The most that is fetched without the weights.
    long bytesOfHeaders() {
        return bytes(false) + Math.min(bytes(true), Limits.HEADER_BYTES);
    }

    private long bytes(boolean ofWeights) {
        return files.stream()
                .filter(file -> file.isWeights() == ofWeights)
                .mapToLong(RemoteFile::size)
                .sum();
    }
}
