package io.sparsemesh.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.event.JobChanged;
import io.sparsemesh.contracts.job.JobState;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// 200 clients of the event stream, half of them slow, a quarter leaving every 2 s and coming back:
/// each gets every event of every job in order, and the gateway holds nothing for those who are
/// behind. Clients and gateway share this process, so its heap is an upper bound.
///
/// `-Dstreams.events=N` sends N events of 2 KB (600 by default, 1500 for the numbers of
/// docs/performance.md).
@QuarkusTest
@WithTestResource(GatewayServers.class)
class StreamLoadTest {

    private static final int CLIENTS = 200;
    private static final int JOBS = 4;
    private static final int EVENTS = Integer.getInteger("streams.events", 600);
    private static final int BATCH = 40;
    private static final int BYTES = 2000;
    private static final long STAY_MILLIS = 2000;
    private static final long PAUSE_MILLIS = 1000;
    private static final Instant AT = Instant.parse("2026-03-01T12:00:00Z");

    /// More than noise.
    private static final double HEAP_GROWTH_MB = 25;

    /// Of the short form's 120 MB the slow half reads 0.2 MB a second, and the quick half has at
    /// most 120 s: on the slowest machine that passes this is still unread.
    private static final long LEAST_UNREAD_MB = 75;

    @TestHTTPResource("/")
    URI server;

    @Test
    @Timeout(300)
    void manyClientsMissNothingAndCostNoMemory() throws Exception {
        List<Script> jobs = new ArrayList<>();
        for (int i = 0; i < JOBS; i++) {
            jobs.add(new Script(Api.submit(Api.request())));
            Mesh.send(Topics.EVENTS, jobs.getLast().changed(1, JobState.QUEUED));
            jobs.getLast().await("QUEUED");
        }
        Map<String, Long> seen = jobs.stream().collect(Collectors.toMap(Script::id, _ -> 1L));
        String position =
                Database.text("select max(id) from gateway.event where job_id = ?", id(jobs));
        List<StreamReader> readers = start(seen, position);
        await(60, "all connected", () -> readers.stream().allMatch(StreamReader::isConnected));
        double before = heapMegabytes();

        long begin = System.nanoTime();
        long each = EVENTS / JOBS;
        for (long from = 2; from < 2 + each; from += BATCH / JOBS) {
            long first = from;
            long to = Math.min(from + BATCH / JOBS, 2 + each);
            List<JobChanged> events =
                    jobs.stream()
                            .flatMap(
                                    job -> LongStream.range(first, to).mapToObj(s -> event(job, s)))
                            .toList();
            Mesh.sendAll(Topics.EVENTS, events);
            Thread.sleep(200);
        }
        List<StreamReader> quick = readers.stream().filter(r -> !isSlow(readers, r)).toList();
        await(120, "the quick half has all", () -> quick.stream().allMatch(r -> r.has(1 + each)));
        double seconds = (System.nanoTime() - begin) / 1e9;
        long behind =
                readers.stream().mapToLong(r -> (1 + each - r.least()) * JOBS).sum() * BYTES >> 20;
        double during = heapMegabytes();
        readers.forEach(StreamReader::hurry);
        await(120, "all have all", () -> readers.stream().allMatch(r -> r.has(1 + each)));
        double after = heapMegabytes();
        readers.forEach(StreamReader::leave);

        System.out.printf(
                "{\"clients\":%d,\"events\":%d,\"seconds\":%.1f,\"connections\":%d,\"unread_mb\":%d,\"heap_before_mb\":%.1f,\"heap_during_mb\":%.1f,\"heap_after_mb\":%.1f}%n",
                CLIENTS,
                EVENTS,
                seconds,
                readers.stream().mapToInt(StreamReader::connections).sum(),
                behind,
                before,
                during,
                after);
        assertThat(readers).extracting(StreamReader::problem).containsOnly("");
        assertThat(behind)
                .as("megabytes that slow clients have not read")
                .isGreaterThan(LEAST_UNREAD_MB);
        assertThat(during).isLessThan(before + HEAP_GROWTH_MB);
        assertThat(after).isLessThan(before + HEAP_GROWTH_MB);
    }

    private static String id(List<Script> jobs) {
        return jobs.getLast().id();
    }

    private static JobChanged event(Script job, long seq) {
        String reason = "x".repeat(BYTES);
        return new JobChanged(
                job.job(), seq, AT.plusSeconds(seq), JobState.PRUNING, reason, 2, null, null);
    }

    private List<StreamReader> start(Map<String, Long> seen, String position) {
        List<StreamReader> readers =
                IntStream.range(0, CLIENTS)
                        .mapToObj(
                                i ->
                                        new StreamReader(
                                                server,
                                                seen,
                                                position,
                                                i % 2 == 1 ? PAUSE_MILLIS : 0,
                                                i % 4 == 0 ? STAY_MILLIS : 0))
                        .toList();
        readers.forEach(reader -> Thread.ofVirtual().start(reader));
        return readers;
    }

    private static boolean isSlow(List<StreamReader> readers, StreamReader reader) {
        return readers.indexOf(reader) % 2 == 1;
    }

    private static void await(int seconds, String what, BooleanSupplier reached)
            throws InterruptedException {
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        while (!reached.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what).isLessThan(end);
            Thread.sleep(50);
        }
    }

    /// What is reachable now.
    private static double heapMegabytes() throws InterruptedException {
        Runtime runtime = Runtime.getRuntime();
        double least = Double.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            System.gc();
            Thread.sleep(100);
            least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
        }
        return least / (1 << 20);
    }
}
