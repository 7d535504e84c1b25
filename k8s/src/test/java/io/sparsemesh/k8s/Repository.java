package io.sparsemesh.k8s;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Files of this repository, by their path from its root.
final class Repository {

    /// Tests run in the module's folder.
    static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    private Repository() {}

    static Path path(String path) {
        return ROOT.resolve(path);
    }

    static String read(String path) {
        return read(path(path));
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    /// All files below a folder with one of the endings.
    static List<Path> files(String folder, String... endings) {
        try (Stream<Path> all = Files.walk(path(folder))) {
            return all.filter(Files::isRegularFile)
                    .filter(file -> Stream.of(endings).anyMatch(file.toString()::endsWith))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot walk " + folder, e);
        }
    }
}
