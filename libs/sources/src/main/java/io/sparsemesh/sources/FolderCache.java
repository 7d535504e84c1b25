package io.sparsemesh.sources;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// Folders that become visible only whole. What is not whole lies beside them under a hidden name,
/// for the next attempt to go on with.
///
/// @param cache folder of all models
record FolderCache(Path cache, DiskBudget budget, SourceSettings.Retrying limits) {

    private static final String MODELS = "models";

    /// Folder of the cache with files that have holes for weights.
    static final String HEADERS = "headers";

    /// Where a state lies, whole.
    Path whole(Path place) {
        return cache.resolve(MODELS).resolve(place);
    }

    /// Where config, tokenizer and headers of a state lie.
    Path headers(Path place) {
        return cache.resolve(HEADERS).resolve(place);
    }

    /// The whole model, fetched unless it is there.
    Path fetch(Remote remote, Listing listing) throws IOException {
        return publish(
                whole(listing.place()),
                staging -> {
                    budget.require(listing, listing.bytes() - budget.bytes(staging));
                    for (RemoteFile file : listing.files()) {
                        new Download(remote, listing, file, staging, limits).run();
                    }
                });
    }

    /// The model with holes for weights, fetched unless it, or the whole, is there.
    Path fetchHeaders(Remote remote, Listing listing) throws IOException {
        return publish(
                headers(listing.place()),
                staging -> {
                    budget.require(listing, listing.bytesOfHeaders() - budget.bytes(staging));
                    long headers = 0;
                    for (RemoteFile file : listing.files()) {
                        if (file.isWeights()) {
                            headers +=
                                    new HeaderDownload(remote, listing, file, headers)
                                            .run(staging, limits);
                        } else {
                            new Download(remote, listing, file, staging, limits).run();
                        }
                    }
                });
    }

    private interface Filling {
        void run(Path staging) throws IOException;
    }

    private static Path publish(Path target, Filling filling) throws IOException {
        Files.createDirectories(target.getParent());
        String name = "." + target.getFileName();
        try (FolderLock lock = FolderLock.of(target.resolveSibling(name + ".lock"))) {
            if (Files.isDirectory(target)) {
                return target;
            }
            Path staging = Files.createDirectories(target.resolveSibling(name + ".partial"));
            filling.run(staging);
            removeStrays(staging);
            sync(staging);
            Files.move(staging, target, StandardCopyOption.ATOMIC_MOVE);
            sync(target.getParent());
            return target;
        }
    }

    private static void removeStrays(Path staging) throws IOException {
        try (Stream<Path> entries = Files.list(staging)) {
            List<Path> strays =
                    entries.filter(e -> e.toString().matches(".*\\.(partial|tag)"))
                            .sorted(Comparator.naturalOrder())
                            .toList();
            for (Path stray : strays) {
                Files.delete(stray);
            }
        }
    }

    private static void sync(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
