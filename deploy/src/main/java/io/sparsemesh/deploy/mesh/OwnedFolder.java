package io.sparsemesh.deploy.mesh;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/// A folder that this program made and may delete.
public record OwnedFolder(Path path) implements AutoCloseable {

    /// Makes a new folder for temporary files.
    public static OwnedFolder temporary() {
        try {
            return new OwnedFolder(Files.createTempDirectory("sparsemesh"));
        } catch (IOException e) {
            throw new UncheckedIOException("no temporary folder", e);
        }
    }

    /// Deletes the folder with all that is in it.
    @Override
    public void close() {
        try (Stream<Path> all = Files.walk(path)) {
            for (Path file : (Iterable<Path>) all.sorted(Comparator.reverseOrder())::iterator) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete " + path, e);
        }
    }
}
