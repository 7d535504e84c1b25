package io.sparsemesh.artifacts;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.stream.Stream;

/// A folder of one call, gone with it. What a killed process leaves goes by age.
final class Scratch implements AutoCloseable {

    private final Path folder;

    private Scratch(Path folder) {
        this.folder = folder;
    }

    static Scratch in(Path parent) throws IOException {
        return new Scratch(Files.createDirectory(parent.resolve(UUID.randomUUID().toString())));
    }

    /// A path in it, with the last part of an artifact's key so that messages tell it.
    Path file(String key) {
        return folder.resolve(key.substring(key.lastIndexOf('/') + 1));
    }

    /// A path in it that no artifact's last part is.
    Path other() {
        return folder.resolve("." + UUID.randomUUID());
    }

    @Override
    public void close() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
        }
        Files.deleteIfExists(folder);
    }
}
