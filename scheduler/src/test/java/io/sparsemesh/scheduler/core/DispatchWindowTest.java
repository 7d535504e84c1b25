package io.sparsemesh.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.scheduler.core.DispatchWindow.Candidate;
import io.sparsemesh.scheduler.core.DispatchWindow.Share;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DispatchWindowTest {

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

    private static List<String> chosen(
            List<Candidate> ready, Map<Share, Integer> queued, int workers) {
        return DispatchWindow.choose(ready, queued, workers).stream()
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
    @CsvSource({"0, 16", "1, 16", "8, 16", "9, 18", "100, 200"})
    void theWindowGrowsWithTheWorkers(int workers, int size) {
        assertThat(DispatchWindow.choose(tasks("a", 0, 0, 500), Map.of(), workers)).hasSize(size);
    }

    @Test
    void whatLiesInKafkaCountsAgainstTheWindow() {
        Map<Share, Integer> queued = Map.of(share("a"), 9, share("b"), 5);
        assertThat(chosen(tasks("a", 0, 0, 5), queued, 3)).containsExactly("a0", "a1");
    }

    @Test
    void nothingGoesWhenTheWindowIsFull() {
        Map<Share, Integer> queued = Map.of(share("b"), 17);
        assertThat(chosen(tasks("a", 9, 0, 5), queued, 0)).isEmpty();
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
}
