package io.sparsemesh.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.scheduler.core.DispatchWindow.Candidate;
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

    private static List<Candidate> tasks(String job, int priority, int age, int count) {
        List<Candidate> tasks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            tasks.add(
                    new Candidate(
                            new JobId(job),
                            new TaskId(job + i),
                            priority,
                            T0.minusSeconds(age),
                            i));
        }
        return tasks;
    }

    private static List<String> chosen(
            List<Candidate> ready, Map<JobId, Integer> queued, int workers) {
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
        Map<JobId, Integer> queued = Map.of(new JobId("a"), 9, new JobId("b"), 5);
        assertThat(chosen(tasks("a", 0, 0, 5), queued, 3)).containsExactly("a0", "a1");
    }

    @Test
    void nothingGoesWhenTheWindowIsFull() {
        Map<JobId, Integer> queued = Map.of(new JobId("b"), 17);
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
        assertThat(chosen(ready, Map.of(new JobId("old"), 2), 1))
                .containsExactly("young0", "young1", "old0", "young2", "old1");
    }
}
