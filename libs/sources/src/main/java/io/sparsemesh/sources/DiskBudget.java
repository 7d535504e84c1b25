package io.sparsemesh.sources;

import io.sparsemesh.sources.ModelSourceException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.stream.Stream;

/// Whether a model still fits, asked before its first byte is fetched.
///
/// @param cache folder of all models
/// @param maxBytes what it may hold
record DiskBudget(Path cache, OptionalLong maxBytes) {

    /// Left free for everybody else.
    private static final long MARGIN = 512L << 20;

    /// @param here bytes of the model that earlier attempts brought
    /// @throws ModelSourceException if it does not fit
    void require(Listing listing, long here) throws IOException {
        long missing = listing.bytes() - here;
        long free = Files.getFileStore(cache).getUsableSpace();
        if (missing + MARGIN > free) {
            throw fault(
                    listing,
                    "expected %d bytes free for the model and %d to spare, found %d in %s"
                            .formatted(missing, MARGIN, free, cache));
        }
        if (maxBytes.isPresent() && bytes(cache) + missing > maxBytes.getAsLong()) {
            throw fault(
                    listing,
                    "expected at most %d bytes in %s (SPARSEMESH_CACHE_MAX), found %d and %d more to fetch: delete models there"
                            .formatted(maxBytes.getAsLong(), cache, bytes(cache), missing));
        }
    }

    /// Bytes of all files below a folder.
    static long bytes(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).mapToLong(f -> f.toFile().length()).sum();
        }
    }

    private static ModelSourceException fault(Listing listing, String detail) {
        return new ModelSourceException(Kind.NO_SPACE, listing.uri(), "", detail);
    }
}
