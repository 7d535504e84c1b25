package io.sparsemesh.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.sparsemesh.contracts.job.JobState;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// Thousands of seeded runs of the decision core. `-Dsimulation.runs=N` makes more or fewer,
/// `-Dsimulation.first=SEED` begins at another seed, `-Dsimulation.seed=SEED` repeats one run.
final class SimulationTest {

    private static final int RUNS = Integer.getInteger("simulation.runs", 2500);
    private static final long FIRST = Long.getLong("simulation.first", 0);
    private static final Long SEED = Long.getLong("simulation.seed");
    private static final int RUNS_TO_NOTICE = 400;

    @Test
    void everyInvariantHoldsInEveryRun() {
        // Given
        LongStream seeds =
                SEED == null ? LongStream.range(FIRST, FIRST + RUNS) : LongStream.of(SEED);
        Totals totals = new Totals();

        // When
        seeds.parallel().forEach(totals::run);

        // Then
        System.out.println(totals);
        assertThat(totals.violations).isEmpty();
        if (SEED == null) {
            totals.checkVariety();
        }
    }

    @Test
    void everyInvariantHoldsWithAllocations() {
        // Given
        LongStream seeds = LongStream.range(FIRST, FIRST + Math.max(1, RUNS / 10));

        // When
        List<Simulation.Outcome> outcomes =
                seeds.parallel()
                        .mapToObj(seed -> Simulation.run(seed, Safeguards.ALL, Requests::budget))
                        .toList();

        // Then
        Map<JobState, Long> ends = new EnumMap<>(JobState.class);
        outcomes.forEach(
                o -> o.ends().forEach((state, jobs) -> ends.merge(state, jobs, Long::sum)));
        System.out.printf(
                "simulated allocations: %d runs from seed %d, %s%n", outcomes.size(), FIRST, ends);
        assertThat(ends).containsKeys(JobState.SUCCEEDED, JobState.DEGRADED, JobState.CANCELLED);
        assertThat(outcomes)
                .flatExtracting(o -> o.results().values())
                .anyMatch(result -> result.allocation() != null);
    }

    @Test
    void everyInvariantHoldsWhenGroupsFollowEachOther() {
        // Given
        LongStream seeds = LongStream.range(FIRST, FIRST + Math.max(1, RUNS / 10));

        // When
        List<Simulation.Outcome> outcomes =
                seeds.parallel()
                        .mapToObj(
                                seed ->
                                        Simulation.run(
                                                seed, Safeguards.ALL, Requests::trueSequential))
                        .toList();

        // Then
        Map<JobState, Long> ends = new EnumMap<>(JobState.class);
        outcomes.forEach(
                o -> o.ends().forEach((state, jobs) -> ends.merge(state, jobs, Long::sum)));
        System.out.printf(
                "simulated true sequences: %d runs from seed %d, %s%n",
                outcomes.size(), FIRST, ends);
        assertThat(ends).containsKeys(JobState.SUCCEEDED, JobState.DEGRADED, JobState.CANCELLED);
    }

    @Test
    void everyInvariantHoldsInSweeps() {
        // Given
        LongStream seeds = LongStream.range(FIRST, FIRST + Math.max(1, RUNS / 10));

        // When
        List<Simulation.Outcome> outcomes =
                seeds.parallel()
                        .mapToObj(seed -> Simulation.run(seed, Safeguards.ALL, Requests::sweep))
                        .toList();

        // Then
        Map<JobState, Long> ends = new EnumMap<>(JobState.class);
        outcomes.forEach(
                o -> o.ends().forEach((state, jobs) -> ends.merge(state, jobs, Long::sum)));
        System.out.printf(
                "simulated sweeps: %d runs from seed %d, %s%n", outcomes.size(), FIRST, ends);
        assertThat(ends).containsKeys(JobState.SUCCEEDED, JobState.DEGRADED, JobState.CANCELLED);
    }

    /// What all runs together were like.
    private static final class Totals {
        private final List<String> violations = new ArrayList<>();
        private final Map<Fault, Long> faults = new EnumMap<>(Fault.class);
        private final Map<JobState, Long> ends = new EnumMap<>(JobState.class);
        private long runs;
        private long decisions;
        private long stale;

        void run(long seed) {
            try {
                add(Simulation.run(seed, Safeguards.ALL));
            } catch (Violation | RuntimeException e) {
                add("seed %d: %s".formatted(seed, e));
            }
        }

        private synchronized void add(Simulation.Outcome outcome) {
            runs++;
            decisions += outcome.decisions();
            stale += outcome.stale();
            outcome.faults().forEach((fault, times) -> faults.merge(fault, times, Long::sum));
            outcome.ends().forEach((state, jobs) -> ends.merge(state, jobs, Long::sum));
        }

        private synchronized void add(String violation) {
            violations.add(violation);
        }

        void checkVariety() {
            assertThat(faults.keySet()).as("every fault struck").contains(Fault.values());
            assertThat(ends)
                    .as("every end was reached")
                    .containsOnlyKeys(
                            JobState.SUCCEEDED,
                            JobState.DEGRADED,
                            JobState.FAILED,
                            JobState.CANCELLED);
            assertThat(stale).as("messages were fenced off").isGreaterThan(runs);
            assertThat(ends.get(JobState.SUCCEEDED)).as("most finish").isGreaterThan(runs / 2);
        }

        @Override
        public String toString() {
            return """
                   simulation: seeds %s, %d runs without and %d with a violation
                     %d decisions, %d stale messages fenced off
                     faults %s
                     jobs %s"""
                    .formatted(
                            SEED == null ? FIRST + ".." + (FIRST + RUNS - 1) : SEED,
                            runs,
                            violations.size(),
                            decisions,
                            stale,
                            faults,
                            ends);
        }
    }

    @Test
    void aRunIsDecidedByItsSeed() {
        // Given
        long seed = 7;

        // When
        Simulation.Outcome first = Simulation.run(seed, Safeguards.ALL);
        Simulation.Outcome second = Simulation.run(seed, Safeguards.ALL);

        // Then
        assertThat(second).isEqualTo(first);
    }

    @Test
    void withoutTheLeaseFenceAZombiesResultIsNoticed() {
        assertThat(firstViolation("the lease fence", Safeguards.ALL.withoutFence()))
                .isIn(
                        Set.of(
                                "an accepted result's lease was the current one",
                                "a lease begins with its started",
                                "one live lease"));
    }

    @Test
    void withoutTheInboxARepeatedRequestIsNoticed() {
        assertThat(firstViolation("the inbox", Safeguards.ALL.withoutInbox()))
                .isIn(Set.of("a request has one effect", "a deleted job stays away"));
    }

    @Test
    void withoutTheReaperALostAttemptIsNoticed() {
        assertThat(firstViolation("the reaper", Safeguards.ALL.withoutReaper()))
                .isEqualTo("every job ends");
    }

    @Test
    void withoutHeedToHearingALeaseLostInAnOutageIsNoticed() {
        assertThat(firstViolation("heed to hearing", Safeguards.ALL.withoutHearing()))
                .isEqualTo("a worker that lives keeps its lease");
    }

    private static String firstViolation(String what, Safeguards safeguards) {
        for (long seed = 0; seed < RUNS_TO_NOTICE; seed++) {
            try {
                Simulation.run(seed, safeguards);
            } catch (Violation violation) {
                String message = violation.getMessage();
                System.out.printf(
                        "simulation without %s: %s%n",
                        what, message.substring(0, Math.min(message.length(), 200)));
                return violation.invariant();
            }
        }
        return fail("no violation in %d runs without %s", RUNS_TO_NOTICE, what);
    }
}
