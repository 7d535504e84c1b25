package io.sparsemesh.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.scheduler.core.DispatchWindow.Candidate;
import io.sparsemesh.scheduler.core.DispatchWindow.Pace;
import io.sparsemesh.scheduler.core.DispatchWindow.Share;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DispatchWindowTest {

    /// So short that the window is as large as it may be.
    private static final Duration SHORT = Duration.ofMillis(1);

    private static final Instant T0 = Instant.parse("2026-01-01T00:00:00Z");

    private static Share share(String job) {
        return new Share("t", new JobId(job));
    }

    private static List<Candidate> tasks(String job, int priority, int age, int count) {
        return tasks(share(job), priority, age, count);
    }

    private static List<Candidate> tasks(Share share, int priority, int age, int count) {
        List<Candidate> tasks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            tasks.add(
                    new Candidate(
                            share,
                            new TaskId(share.job().value() + i),
                            priority,
                            T0.minusSeconds(age),
                            i));
        }
        return tasks;
    }

    private static Pace pace(Map<Share, Integer> queued, int workers) {
        return new Pace(queued, Map.of(), workers, Optional.of(SHORT));
    }

    private static Pace idle(int workers) {
        return new Pace(Map.of(), Map.of(), workers, Optional.empty());
    }

    private static List<String> chosen(
            List<Candidate> ready, Map<Share, Integer> queued, int workers) {
        return chosen(ready, pace(queued, workers), spent(ready, workers));
    }

    private static List<String> chosen(List<Candidate> ready, Pace pace, TenantTurns tenants) {
        return DispatchWindow.choose(ready, pace, tenants).stream()
                .map(candidate -> candidate.task().value())
                .toList();
    }

    private static List<Candidate> together(List<Candidate> a, List<Candidate> b) {
        List<Candidate> all = new ArrayList<>(a);
        all.addAll(b);
        Collections.shuffle(all, new Random(1));
        return all;
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 1", "1, 0, 2", "8, 0, 9", "8, 5, 4", "8, 8, 1", "8, 9, 1", "100, 0, 101"})
    void longTasksLieThereForIdleWorkersAndOneMore(int workers, int running, int room) {
        Map<Share, Integer> busy = Map.of(share("a"), running);
        assertThat(new Pace(Map.of(), busy, workers, Optional.of(Duration.ofMinutes(1))).room())
                .isEqualTo(room);
        assertThat(new Pace(Map.of(), busy, workers, Optional.empty()).room()).isEqualTo(room);
    }

    @ParameterizedTest
    @CsvSource({"4, 1000, 1", "4, 100, 4", "4, 90, 5", "4, 10, 16", "4, 0, 16", "100, 1, 200"})
    void ofShortTasksAsManyLieAheadAsBeginDuringAHop(int workers, long millis, int room) {
        Map<Share, Integer> busy = Map.of(share("a"), workers);
        assertThat(new Pace(Map.of(), busy, workers, Optional.of(Duration.ofMillis(millis))).room())
                .isEqualTo(room);
    }

    @Test
    void whatLiesInKafkaCountsAgainstTheWindow() {
        Map<Share, Integer> queued = Map.of(share("a"), 9, share("b"), 5);
        assertThat(chosen(tasks("a", 0, 0, 5), queued, 3)).containsExactly("a0", "a1");
    }

    @Test
    void nothingGoesWhenTheWindowIsFull() {
        Map<Share, Integer> queued = Map.of(share("b"), 17);
        assertThat(chosen(tasks("a", 9, 0, 5), queued, 1)).isEmpty();
    }

    @Test
    void higherPriorityGoesFirst() {
        List<Candidate> ready = together(tasks("low", 0, 60, 14), tasks("high", 5, 0, 4));
        assertThat(chosen(ready, Map.of(), 1))
                .startsWith("high0", "high1", "high2", "high3", "low0")
                .hasSize(16);
    }

    @Test
    void jobsOfAPriorityTakeTurnsAndTheOlderOneBegins() {
        List<Candidate> ready = together(tasks("young", 0, 0, 3), tasks("old", 0, 60, 3));
        assertThat(chosen(ready, Map.of(), 1))
                .containsExactly("old0", "young0", "old1", "young1", "old2", "young2");
    }

    @Test
    void aJobWithLessInKafkaGoesFirst() {
        List<Candidate> ready = together(tasks("young", 0, 0, 3), tasks("old", 0, 60, 2));
        assertThat(chosen(ready, Map.of(share("old"), 2), 1))
                .containsExactly("young0", "young1", "old0", "young2", "old1");
    }

    @Test
    void tenantsTakeTurnsWhateverTheirJobsAndPriorities() {
        List<Candidate> many =
                together(
                        tasks(new Share("many", new JobId("x")), 9, 60, 4),
                        tasks(new Share("many", new JobId("y")), 9, 60, 4));
        List<Candidate> one = tasks(new Share("one", new JobId("z")), 0, 0, 2);

        assertThat(chosen(together(many, one), Map.of(), 1))
                .containsExactly("x0", "z0", "y0", "z1", "x1", "y1", "x2", "y2", "x3", "y3");
    }

    @Test
    void aTenantWithLessInKafkaGoesFirst() {
        Share busy = new Share("busy", new JobId("x"));
        List<Candidate> ready =
                together(tasks(busy, 9, 60, 3), tasks(new Share("idle", new JobId("z")), 0, 0, 3));

        assertThat(chosen(ready, Map.of(new Share("busy", new JobId("w")), 2), 1))
                .containsExactly("z0", "z1", "x0", "z2", "x1", "x2");
    }

    @Test
    void prioritiesHoldWithinATenant() {
        Share low = new Share("a", new JobId("low"));
        Share high = new Share("a", new JobId("high"));
        List<Candidate> ready = together(tasks(low, 0, 60, 2), tasks(high, 5, 0, 2));
        ready.addAll(tasks(new Share("b", new JobId("z")), 0, 0, 2));

        assertThat(chosen(ready, Map.of(), 1))
                .containsExactly("high0", "z0", "high1", "z1", "low0", "low1");
    }

    /// Tenants that have had many turns, the one with the oldest job first, and all ready since.
    private static TenantTurns spent(List<Candidate> ready, int workers) {
        List<Candidate> inTurn = new ArrayList<>(ready);
        inTurn.sort(Comparator.comparing(Candidate::createdAt));
        TenantTurns tenants = new TenantTurns();
        for (int i = 0; i <= 2 * workers; i++) {
            inTurn.forEach(candidate -> tenants.went(List.of(candidate), ready, idle(workers)));
        }
        return tenants;
    }

    @Test
    void whatWorkersHaveCountsForTheTurn() {
        Share busy = new Share("busy", new JobId("x"));
        List<Candidate> ready =
                together(tasks(busy, 9, 60, 3), tasks(new Share("idle", new JobId("z")), 0, 0, 3));
        Pace pace = new Pace(Map.of(), Map.of(busy, 2), 2, Optional.empty());

        assertThat(chosen(ready, pace, spent(ready, 2))).containsExactly("z0");
    }

    @Test
    void ofEqualTenantsGoesTheOneWhoseLastTurnIsLongestAgo() {
        List<Candidate> a = tasks(new Share("a", new JobId("x")), 9, 60, 3);
        List<Candidate> b = tasks(new Share("b", new JobId("z")), 0, 0, 3);
        List<Candidate> ready = together(a, b);
        Pace pace = new Pace(Map.of(), Map.of(), 0, Optional.empty());
        TenantTurns tenants = new TenantTurns();

        assertThat(chosen(ready, pace, tenants)).containsExactly("x0");
        tenants.went(a, ready, pace);
        assertThat(chosen(ready, pace, tenants)).containsExactly("z0");
        tenants.went(b, ready, pace);
        assertThat(chosen(ready, pace, tenants)).containsExactly("x0");
    }

    @Test
    void whoHadNothingReadyWhileOthersWentGoesBeforeThemWithAsMany() {
        List<Candidate> often = tasks(new Share("often", new JobId("x")), 9, 60, 9);
        List<Candidate> rare = tasks(new Share("rare", new JobId("z")), 0, 0, 9);
        List<Candidate> both = together(often, rare);
        TenantTurns tenants = spent(both, 3);
        Pace pace = new Pace(Map.of(), Map.of(), 7, Optional.empty());
        tenants.went(often.subList(0, 3), often, idle(3));

        assertThat(chosen(both, pace, tenants)).startsWith("z0", "z1", "x0", "z2").hasSize(8);
    }

    @Test
    void creditPaysForWhatIsBeyondAnEqualShareAlone() {
        Share busy = new Share("busy", new JobId("x"));
        List<Candidate> flood = tasks(busy, 0, 60, 9);
        List<Candidate> few = tasks(new Share("few", new JobId("z")), 0, 0, 9);
        List<Candidate> both = together(flood, few);
        TenantTurns tenants = new TenantTurns();
        Pace pace = new Pace(Map.of(), Map.of(busy, 4), 4, Optional.empty());

        tenants.went(few.subList(0, 4), both, pace);
        assertThat(tenants.credit("few", 4)).as("the flood had more each time").isEqualTo(8);

        tenants.went(few.subList(0, 6), both, pace);
        assertThat(tenants.credit("few", 4)).as("twice it had as much").isEqualTo(6);

        tenants.went(flood.subList(0, 3), flood, pace);
        assertThat(tenants.credit("busy", 4)).as("nobody waited").isEqualTo(5);
    }

    @Test
    void aLookThatHandsOutNothingChangesNothing() {
        List<Candidate> often = tasks(new Share("often", new JobId("x")), 9, 60, 9);
        TenantTurns tenants = new TenantTurns();
        tenants.went(often.subList(0, 3), often, idle(4));
        assertThat(tenants.credit("often", 4)).isEqualTo(5);
        long last = tenants.last("often");

        tenants.went(List.of(), List.of(), idle(0));

        assertThat(tenants.credit("often", 4)).as("nobody was forgotten").isEqualTo(5);
        assertThat(tenants.last("often")).isEqualTo(last);
    }

    @Test
    void creditIsNoMoreThanTwiceTheWorkers() {
        List<Candidate> often = tasks(new Share("often", new JobId("x")), 9, 60, 9);
        TenantTurns tenants = spent(often, 3);
        tenants.went(often, List.of(), idle(3));

        assertThat(tenants.credit("often", 3)).isEqualTo(6);
        assertThat(tenants.credit("never seen", 3)).isEqualTo(6);
    }
}
