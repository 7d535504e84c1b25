package io.sparsemesh.engine.family;

import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Folders of the class path as folders of the disk, whether they lie there or in a jar.
final class Resources {

    private Resources() {}

    /// @param name from `/` on
    static Path folder(String name) throws IOException {
        URI uri = URI.create(Resources.class.getResource(name).toString());
        if (!uri.getScheme().equals("jar")) {
            return Path.of(uri);
        }
        try (FileSystem jar = FileSystems.newFileSystem(uri, Map.of())) {
            return copy(jar.getPath(name));
        }
    }

    /// Models are mapped into memory, which needs files of the disk.
    private static Path copy(Path from) throws IOException {
        Path to = Files.createTempDirectory("golden");
        try (Stream<Path> paths = Files.walk(from)) {
            for (Path path : paths.skip(1).toList()) {
                Path copy = to.resolve(from.relativize(path).toString());
                Files.copy(path, copy);
            }
        }
        deleteAtExit(to);
        return to;
    }

    private static void deleteAtExit(Path folder) throws IOException {
        try (Stream<Path> paths = Files.walk(folder)) {
            List<Path> all = paths.toList();
            all.forEach(path -> path.toFile().deleteOnExit());
        }
    }
}
