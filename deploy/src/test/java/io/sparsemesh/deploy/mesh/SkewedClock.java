package io.sparsemesh.deploy.mesh;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/// A clock that is two hours fast or slow for one process, by libfaketime; its pauses last as long
/// as others'.
final class SkewedClock {

    private static final Path LIBRARIES = Path.of("/usr/lib");
    private static final String NAME = "libfaketime.so.1";

    private SkewedClock() {}

    static boolean isInstalled() {
        return library().isPresent();
    }

    /// @throws java.util.NoSuchElementException if the library is not installed
    static Map<String, String> settings(RandomGenerator random) {
        return settings(random.nextBoolean());
    }

    /// @param fast by two hours, else slow
    static Map<String, String> settings(boolean fast) {
        return Map.of(
                "LD_PRELOAD",
                library().orElseThrow().toString(),
                "FAKETIME",
                fast ? "+2h" : "-2h",
                "FAKETIME_DONT_FAKE_MONOTONIC",
                "1",
                // Else a wait by the clock that is not faked is over at once, whatever its length.
                "FAKETIME_FORCE_MONOTONIC_FIX",
                "0",
                "FAKETIME_DISABLE_SHM",
                "1");
    }

    private static Optional<Path> library() {
        try (Stream<Path> found =
                Files.find(LIBRARIES, 3, (path, _) -> path.endsWith(Path.of("faketime", NAME)))) {
            return found.findFirst();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look into " + LIBRARIES, e);
        }
    }
}
