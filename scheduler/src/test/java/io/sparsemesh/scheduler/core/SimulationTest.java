package io.sparsemesh.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// Thousands of seeded runs of the decision core. `-Dsparsemesh.simulation.seed=N` repeats one,
/// `-Dsparsemesh.simulation.runs=N` makes more or fewer.
final class SimulationTest {

    private static final int RUNS = Integer.getInteger("sparsemesh.simulation.runs", 4000);
    private static final Long SEED = Long.getLong("sparsemesh.simulation.seed");
    private static final int RUNS_TO_NOTICE = 400;

    @Test
    void everyInvariantHoldsInEveryRun() {
        // Given
        LongStream seeds = SEED == null ? LongStream.range(0, RUNS) : LongStream.of(SEED);
        AtomicLong stale = new AtomicLong();
        AtomicInteger finished = new AtomicInteger();

        // When
        List<String> violations =
                seeds.parallel()
                        .mapToObj(seed -> violation(seed, stale, finished))
                        .filter(text -> !text.isEmpty())
                        .toList();

        // Then
        System.out.printf(
                "simulation: seeds %s, %d jobs finished, %d stale messages fenced%n",
                SEED == null ? "0.." + (RUNS - 1) : SEED, finished.get(), stale.get());
        assertThat(violations).isEmpty();
        if (SEED == null) {
            assertThat(stale.get()).as("faults do happen").isGreaterThan(RUNS);
            assertThat(finished.get()).as("most jobs finish").isGreaterThan(RUNS / 2);
        }
    }

    private static String violation(long seed, AtomicLong stale, AtomicInteger finished) {
        try {
            Invariants seen = Simulation.run(seed, Safeguards.ALL);
            stale.addAndGet(seen.stale());
            finished.addAndGet(seen.results().size());
            return "";
        } catch (Violation | RuntimeException e) {
            return "seed " + seed + ": " + e;
        }
    }

    @Test
    void aRunIsDecidedByItsSeed() {
        // Given
        long seed = 7;

        // When
        Invariants first = Simulation.run(seed, Safeguards.ALL);
        Invariants second = Simulation.run(seed, Safeguards.ALL);

        // Then
        assertThat(second.stale()).isEqualTo(first.stale());
        assertThat(second.results()).isEqualTo(first.results());
    }

    @Test
    void withoutTheLeaseFenceAZombiesResultIsNoticed() {
        assertThat(firstViolation(Safeguards.ALL.withoutFence()))
                .isIn(
                        Set.of(
                                "an accepted result's lease was the current one",
                                "a lease begins with its started",
                                "one live lease"));
    }

    @Test
    void withoutTheInboxARepeatedRequestIsNoticed() {
        assertThat(firstViolation(Safeguards.ALL.withoutInbox()))
                .isIn(Set.of("a request has one effect", "a deleted job stays away"));
    }

    @Test
    void withoutTheReaperALostAttemptIsNoticed() {
        assertThat(firstViolation(Safeguards.ALL.withoutReaper())).isEqualTo("every job ends");
    }

    private static String firstViolation(Safeguards safeguards) {
        for (long seed = 0; seed < RUNS_TO_NOTICE; seed++) {
            try {
                Simulation.run(seed, safeguards);
            } catch (Violation violation) {
                System.out.println("simulation without a safeguard: " + violation.getMessage());
                return violation.invariant();
            }
        }
        return fail("no violation in %d runs", RUNS_TO_NOTICE);
    }
}
