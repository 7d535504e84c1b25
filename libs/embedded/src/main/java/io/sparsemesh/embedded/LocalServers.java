package io.sparsemesh.embedded;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Tells whether the servers of this module could start on this machine, without starting them.
public final class LocalServers {
    private LocalServers() {}

    /// Why the broker cannot start; nothing if its files are all there.
    public static Optional<String> kafkaFault() {
        try {
            return missing(ServerFiles.load().brokerClassPath());
        } catch (RuntimeException e) {
            return Optional.of(e.getMessage());
        }
    }

    /// Why the database cannot start; nothing if its archive is there and somebody but root can run
    /// it.
    public static Optional<String> postgresFault() {
        try {
            ServerFiles.load();
            return unprivileged();
        } catch (RuntimeException e) {
            return Optional.of(e.getMessage());
        }
    }

    static Optional<String> missing(String classPath) {
        List<String> missing =
                List.of(classPath.split(File.pathSeparator)).stream()
                        .filter(file -> !Files.exists(Path.of(file)))
                        .toList();
        return missing.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        "%d files of the broker's class path are missing, the first is %s"
                                .formatted(missing.size(), missing.getFirst()));
    }

    private static Optional<String> unprivileged() {
        try {
            Path folder = Files.createTempDirectory("sparsemesh-check");
            try {
                Unprivileged.command(folder, List.of("true"));
                return Optional.empty();
            } finally {
                Files.delete(folder);
            }
        } catch (IOException e) {
            return Optional.of("no temporary folder: " + e.getMessage());
        }
    }
}
