package io.sparsemesh.deploy.mesh;

import java.nio.file.Files;
import java.nio.file.Path;

/// Where Sparsemesh is built: the root of a clone.
public record Installation(Path home) {

    /// Returns the clone that `./sparsemesh` was called in.
    ///
    /// @throws IllegalStateException if the launcher script did not start this program
    public static Installation find() {
        String home = System.getProperty("sparsemesh.home", "");
        if (home.isEmpty()) {
            throw new IllegalStateException(
                    "system property sparsemesh.home is missing; start with ./sparsemesh");
        }
        return new Installation(Path.of(home));
    }

    /// Folder with the demo model and its texts.
    public Path demo() {
        return home.resolve("deploy").resolve("demo");
    }

    /// Whether a service is built.
    public boolean isBuilt(String module) {
        return Files.isRegularFile(folder(module).resolve("quarkus-run.jar"));
    }

    /// Folder of the libraries of a service that is built.
    public Path libraries(String module) {
        return folder(module).resolve("lib").resolve("main");
    }

    private Path folder(String module) {
        return home.resolve(module).resolve("target").resolve("quarkus-app");
    }

    /// Folder of a service's Quarkus application.
    ///
    /// @throws IllegalStateException if it is not built
    Path application(String module) {
        Path folder = folder(module);
        if (!isBuilt(module)) {
            throw new IllegalStateException(
                    "expected quarkus-run.jar in "
                            + folder
                            + ", found none; build with"
                            + " ./mvnw -DskipTests package");
        }
        return folder;
    }
}
