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

    /// Folder of a service's Quarkus application.
    ///
    /// @throws IllegalStateException if it is not built
    Path application(String module) {
        Path folder = home.resolve(module).resolve("target").resolve("quarkus-app");
        if (!Files.isRegularFile(folder.resolve("quarkus-run.jar"))) {
            throw new IllegalStateException(
                    "expected quarkus-run.jar in "
                            + folder
                            + ", found none; build with"
                            + " ./mvnw -DskipTests package");
        }
        return folder;
    }
}
