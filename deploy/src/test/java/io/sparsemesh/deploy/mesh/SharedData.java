package io.sparsemesh.deploy.mesh;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/// The folder of models and reference results beside the project, which not everyone has.
final class SharedData {

    private SharedData() {}

    /// @return the folder; the test is skipped where there is none
    static Path require() {
        Path shared = Path.of(System.getProperty("sparsemesh.shared")).toAbsolutePath().normalize();
        assumeTrue(Files.isDirectory(shared), "skipped: no reference data at " + shared);
        return shared;
    }
}
