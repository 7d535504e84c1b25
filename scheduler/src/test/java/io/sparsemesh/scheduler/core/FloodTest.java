package io.sparsemesh.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.scheduler.core.DispatchWindow.Candidate;
import io.sparsemesh.scheduler.core.DispatchWindow.Pace;
import io.sparsemesh.scheduler.core.DispatchWindow.Share;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A tenant's job beside a flood of another's.
final class FloodTest {

    private static final Instant T0 = Instant.parse("2026-01-01T00:00:00Z");
    private static final int SECOND = 1000;

    /// @param each tasks of a stage of the small job, which has three
    @ParameterizedTest
    @CsvSource({
        "1, 1", "1, 8", "2, 1", "2, 3", "2, 8", "4, 1", "4, 8", "16, 1", "16, 16", "16, 64"
    })
    void aFloodLeavesASmallJobWithinTwiceItsTime(int workers, int each) {
        assertThat(slower(workers, each, 3)).isLessThanOrEqualTo(2);
    }

    /// Its share is half, and where a stage has as many tasks as there are workers, or a few times
    /// as many, each of them waits for what lies ahead.
    @ParameterizedTest
    @CsvSource({"1, 8", "2, 8", "4, 8", "16, 16", "16, 64"})
    void aFloodLeavesALongJobWithLittleMoreThanTwiceItsTime(int workers, int each) {
        assertThat(slower(workers, each, 40)).isLessThan(2.05);
    }

    /// Without what was begun before it came.
    private static double slower(int workers, int each, int stages) {
        int alone = new Simulation(workers, 0, each, stages).run();
        int beside = new Simulation(workers, 10_000, each, stages).run();
        double slower = (beside - SECOND) / (double) alone;
        System.out.printf(
                "%d workers, %d stages of %d tasks: %.2f times the time%n",
                workers, stages, each, slower);
        return slower;
    }

    /// Workers take what lies in Kafka in its order, each task lasts a second, workers end at
    /// different moments, and handing out takes no time.
    private static final class Simulation {

        /// Tasks that may run at once, stage by stage.
        private final Deque<Integer> stages = new ArrayDeque<>();

        private final Deque<Share> kafka = new ArrayDeque<>();
        private final Share flood = new Share("flood", new JobId("f"));
        private final Share small = new Share("small", new JobId("s"));
        private final TenantTurns tenants = new TenantTurns();
        private final List<Running> running = new ArrayList<>();
        private final int workers;
        private final int floodReady;
        private int smallReady;
        private int smallOpen;

        private record Running(Share share, int end) {}

        Simulation(int workers, int floodReady, int each, int count) {
            this.workers = workers;
            this.floodReady = floodReady;
            for (int i = 0; i < count; i++) {
                stages.add(each);
            }
        }

        /// Milliseconds until the small job is done.
        private int run() {
            int now = 0;
            settle(now);
            beginStage();
            while (smallOpen > 0) {
                settle(now);
                int next = running.stream().mapToInt(Running::end).min().orElseThrow();
                now = next;
                for (Running ended : running.stream().filter(r -> r.end() == next).toList()) {
                    running.remove(ended);
                    end(ended);
                }
            }
            return now;
        }

        private void end(Running ended) {
            if (ended.share().equals(small) && --smallOpen == 0) {
                beginStage();
            }
        }

        private void beginStage() {
            smallReady = stages.isEmpty() ? 0 : stages.pop();
            smallOpen = smallReady;
        }

        private void settle(int now) {
            while (handOut() | take(now)) {
                assertThat(running.size()).isLessThanOrEqualTo(workers);
            }
        }

        private boolean take(int now) {
            boolean took = false;
            while (running.size() < workers && !kafka.isEmpty()) {
                // Of the first tasks each ends at another moment.
                int early = now == 0 ? running.size() * SECOND / workers : 0;
                running.add(new Running(kafka.pop(), now + SECOND - early));
                took = true;
            }
            return took;
        }

        private boolean handOut() {
            List<Candidate> ready = new ArrayList<>();
            add(ready, flood, Math.min(floodReady, 100));
            add(ready, small, smallReady);
            Pace pace =
                    new Pace(
                            count(List.copyOf(kafka)),
                            count(running.stream().map(Running::share).toList()),
                            workers,
                            Optional.of(Duration.ofMillis(SECOND)));
            List<Candidate> chosen = DispatchWindow.choose(ready, pace, tenants);
            tenants.went(chosen, ready, pace);
            for (Candidate candidate : chosen) {
                kafka.add(candidate.share());
                smallReady -= candidate.share().equals(small) ? 1 : 0;
            }
            return !chosen.isEmpty();
        }

        private static void add(List<Candidate> ready, Share share, int count) {
            for (int i = 0; i < count; i++) {
                ready.add(new Candidate(share, new TaskId("t" + i), 0, T0, i));
            }
        }

        private static Map<Share, Integer> count(List<Share> shares) {
            Map<Share, Integer> counts = new HashMap<>();
            shares.forEach(share -> counts.merge(share, 1, Integer::sum));
            return counts;
        }
    }
}
