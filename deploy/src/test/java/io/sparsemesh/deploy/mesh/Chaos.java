package io.sparsemesh.deploy.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.deploy.bench.RandomOpt;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;

/// Jobs of several kinds, two at a time, while faults happen to a mesh; then its history is
// checked.
final class Chaos {

    private static final int IN_FLIGHT = 2;
    /// One of so many jobs is cancelled, and done after all.
    private static final int CANCELLED_OF = 5;

    private static final Duration LATEST_CANCEL = Duration.ofSeconds(3);
    private static final Duration SETTLE = Duration.ofSeconds(60);

    private final long seed;
    private final ChaosMesh chaos;
    private final ChaosJobs jobs;
    private final History history;
    private final Map<String, Map<String, String>> undisturbed = new HashMap<>();
    private final Map<Fault, Integer> injected = new EnumMap<>(Fault.class);
    private final List<String> accepted = new CopyOnWriteArrayList<>();
    private volatile boolean over;

    /// Which fault happens next, after what time.
    @FunctionalInterface
    interface Schedule {
        /// @return empty when nothing more is to happen
        Optional<Next> next(ChaosMesh chaos, Random random);
    }

    record Next(Duration quiet, Fault fault) {}

    private Chaos(long seed, ChaosMesh chaos, Path home) {
        this.seed = seed;
        this.chaos = chaos;
        this.jobs = new ChaosJobs(chaos.mesh, home);
        this.history = new History(chaos.mesh);
    }

    /// Makes a model, starts a mesh, disturbs it, and fails where a promise was broken.
    ///
    /// @param home a new folder
    /// @param inBucket whether artifacts lie in S3
    static void run(Path home, long seed, boolean inBucket, Schedule schedule) throws Exception {
        RandomOpt model = new RandomOpt(2, 256, 1024, 4, 512, 256, Dtype.F16);
        model.write(home.resolve("model"), 1);
        model.writeIds(home.resolve("ids.safetensors"), 16, 256, 2048, 2);
        try (ChaosMesh mesh = ChaosMesh.start(home, inBucket)) {
            new Chaos(seed, mesh, home).run(schedule);
        }
    }

    private void run(Schedule schedule) throws Exception {
        for (ChaosJobs.Kind kind : jobs.kinds()) {
            ChaosJobs.Accepted job = jobs.submit(kind, "undisturbed-" + undisturbed.size());
            chaos.mesh.client.await(job.id(), Duration.ofMinutes(3));
            undisturbed.put(kind.name(), OutputFiles.digests(job.output()));
            jobs.delete(job);
        }
        try (StreamWatcher watcher = new StreamWatcher(chaos.mesh.client.gateway())) {
            disturb(schedule);
            await(() -> watcher.ended(accepted) == accepted.size());
            history.stream(watcher.problems(), watcher.ended(accepted), accepted.size());
            history.tables();
            history.artifacts(chaos);
            history.deadLetters(injected.getOrDefault(Fault.POISON_SENT, 0));
            history.served(chaos.probes(), chaos.unanswered());
            System.out.printf(
                    "chaos: %d jobs, %d faults %s, %d results made anew, %d connections of a"
                            + " watcher%n%s",
                    accepted.size(),
                    injected.values().stream().mapToInt(Integer::intValue).sum(),
                    injected,
                    history.takenBack(),
                    watcher.connections(),
                    history.table());
        }
        assertThat(history.violations()).as("seed %d%s", seed, chaos.mesh.logTails()).isEmpty();
    }

    /// Faults come one after the other, jobs meanwhile; what ends by itself is started again until
    /// the last job has ended.
    private void disturb(Schedule schedule) throws Exception {
        FutureTask<Void> working = new FutureTask<>(this::work);
        Thread.ofPlatform().name("jobs").start(working);
        Random random = new Random(seed);
        try {
            for (var next = schedule.next(chaos, random);
                    next.isPresent() && !working.isDone();
                    next = schedule.next(chaos, random)) {
                Thread.sleep(next.get().quiet());
                Fault fault = next.get().fault();
                System.out.printf("chaos: %tT %s%n", System.currentTimeMillis(), fault);
                fault.inject(chaos, random);
                injected.merge(fault, 1, Integer::sum);
                chaos.revive();
            }
        } finally {
            over = true;
        }
        while (!working.isDone()) {
            chaos.revive();
            Thread.sleep(Duration.ofMillis(500));
        }
        working.get();
    }

    /// Submits jobs, judges each when it has ended, and deletes it.
    private Void work() throws Exception {
        Random random = new Random(seed + 1);
        Deque<ChaosJobs.Accepted> running = new ArrayDeque<>();
        while (!over || !running.isEmpty()) {
            while (!over && running.size() < IN_FLIGHT) {
                ChaosJobs.Kind kind = jobs.kinds().get(random.nextInt(jobs.kinds().size()));
                ChaosJobs.Accepted job = jobs.submit(kind, "chaos-" + accepted.size());
                accepted.add(job.id());
                running.add(job);
                if (random.nextInt(CANCELLED_OF) == 0) {
                    Thread.sleep(random.nextLong(LATEST_CANCEL.toMillis()));
                    jobs.cancelAndRetry(job);
                }
            }
            ChaosJobs.Accepted first = running.remove();
            history.judge(first, undisturbed.get(first.kind().name()));
            jobs.delete(first);
        }
        return null;
    }

    /// A condition that comes true soon, if ever.
    @FunctionalInterface
    private interface Condition {
        boolean holds() throws IOException;
    }

    private static void await(Condition condition) throws IOException, InterruptedException {
        Instant end = Instant.now().plus(SETTLE);
        while (!condition.holds() && Instant.now().isBefore(end)) {
            Thread.sleep(Duration.ofMillis(200));
        }
    }
}
