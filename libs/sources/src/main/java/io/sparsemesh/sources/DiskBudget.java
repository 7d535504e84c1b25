package io.sparsemesh.sources;

import io.sparsemesh.sources.ModelSourceException.Kind;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.OptionalLong;

/// Whether a model still fits, asked before its first byte is fetched.
///
/// @param cache folder of all models
/// @param maxBytes what it may hold
record DiskBudget(Path cache, OptionalLong maxBytes) {

    /// Left free for everybody else.
    private static final long MARGIN = 512L << 20;

    /// @param missing bytes that are to be fetched
    /// @throws ModelSourceException if they do not fit
    void require(Listing listing, long missing) throws IOException {
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

    /// Bytes of all files below a folder of the cache, without holes. Others may remove files, or
    /// give folders their name, meanwhile.
    long bytes(Path folder) throws IOException {
        Sum sum = new Sum(cache.resolve(FolderCache.HEADERS));
        Files.walkFileTree(folder, sum);
        return sum.bytes;
    }

    private static final class Sum extends SimpleFileVisitor<Path> {
        private final Path headers;
        private long bytes;

        Sum(Path headers) {
            this.headers = headers;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
            boolean hollow = file.startsWith(headers) && file.toString().endsWith(".safetensors");
            bytes += hollow ? HeaderDownload.bytes(file) : attributes.size();
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            return skipGone(e);
        }

        @Override
        public FileVisitResult postVisitDirectory(Path folder, IOException e) throws IOException {
            return e == null ? FileVisitResult.CONTINUE : skipGone(e);
        }

        private static FileVisitResult skipGone(IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE;
            }
            throw e;
        }
    }

    private static ModelSourceException fault(Listing listing, String detail) {
        return new ModelSourceException(Kind.NO_SPACE, listing.uri(), "", detail);
    }
}
