package io.sparsemesh.deploy.mesh;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Faults at random, as long as one likes. `deploy/chaos` runs it; its name keeps it out of the
/// build's tests.
class ChaosRun {

    private static final Duration LENGTH = Duration.ofSeconds(Long.getLong("chaos.seconds", 180));
    private static final long SEED = Long.getLong("chaos.seed", System.nanoTime() & 0xffffff);
    private static final String ONLY = System.getProperty("chaos.only", "");
    private static final Set<Fault> FAULTS = faults(ONLY);
    private static final boolean IN_BUCKET = Boolean.getBoolean("chaos.bucket");
    private static final Duration LONGEST_QUIET = Duration.ofSeconds(8);

    @TempDir Path home;

    /// @param names of faults, `,`-separated; empty for all
    private static Set<Fault> faults(String names) {
        return names.isEmpty()
                ? EnumSet.allOf(Fault.class)
                : EnumSet.copyOf(Arrays.stream(names.split(",")).map(Fault::valueOf).toList());
    }

    @Test
    void promisesAreKeptWhateverDies() throws Exception {
        System.out.printf("chaos: %d s, --seed %d%n", LENGTH.toSeconds(), SEED);
        Chaos.run(home, new Chaos.Plan(SEED, FAULTS, !ONLY.isEmpty(), IN_BUCKET, untilTheEnd()));
    }

    private static Chaos.Schedule untilTheEnd() {
        Instant[] end = new Instant[1];
        return (possible, random) -> {
            if (end[0] == null) {
                end[0] = Instant.now().plus(LENGTH);
            }
            Duration quiet = Duration.ofMillis(random.nextLong(LONGEST_QUIET.toMillis()));
            return Instant.now().isAfter(end[0])
                    ? Optional.empty()
                    : Optional.of(new Chaos.Next(quiet, Fault.any(possible, random)));
        };
    }
}
