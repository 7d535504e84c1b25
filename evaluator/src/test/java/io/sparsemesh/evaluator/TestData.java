package io.sparsemesh.evaluator;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparsemesh.contracts.job.TaskTemplate;
import io.sparsemesh.contracts.message.MessageCodec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Models and files of tests.
public final class TestData {

    private static final Path PROJECT = Path.of("..").toAbsolutePath().normalize();
    private static final Path SHARED = Path.of(System.getProperty("sparsemesh.shared"));

    private TestData() {}

    /// A file of the demo, which the project ships.
    public static Path demo(String name) {
        return PROJECT.resolve("deploy/demo").resolve(name);
    }

    /// The demo's model.
    public static Path demoModel() {
        return demo("valley-opt");
    }

    /// A file of the shared test data; the test is skipped where there is none.
    public static Path shared(String name) {
        return existing(SHARED.resolve(name));
    }

    /// A path as the generator of `reference.csv` writes it, from the project's root; the test is
    /// skipped where it is not there.
    public static Path fromRoot(String path) {
        return existing(PROJECT.resolve(path));
    }

    /// A file of the tests' own tasks.
    public static Path own(String name) {
        return Path.of("src/test/resources/tasks", name).toAbsolutePath();
    }

    /// The format of an own task, which its user would have written.
    public static TaskTemplate template(String name) {
        try {
            return MessageCodec.mapper()
                    .readValue(Files.readString(own(name + ".json")), TaskTemplate.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path existing(Path path) {
        Path found = path.toAbsolutePath().normalize();
        assumeTrue(Files.exists(found), found + " is not there");
        return found;
    }
}
