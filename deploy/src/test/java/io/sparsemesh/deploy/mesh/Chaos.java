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
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;

/// Jobs of several kinds, two at a time, while faults happen to a mesh; then its history is
/// checked.
final class Chaos {

    private static final int IN_FLIGHT = 2;
    /// One of so many jobs is cancelled, and done after all.
    private static final int CANCELLED_OF = 5;

    private static final Duration LATEST_CANCEL = Duration.ofSeconds(3);
    private static final Duration SETTLE = Duration.ofSeconds(60);

    private final long seed;
    private final ChaosMesh chaos;
    private final Set<Fault> wanted;
    private final Set<Fault> possible = EnumSet.noneOf(Fault.class);
    private final History history;
    private final StreamWatcher watcher;
    private final Map<String, Map<String, String>> undisturbed = new HashMap<>();
    private final Map<Fault, Integer> happened = new EnumMap<>(Fault.class);
    private final Map<Fault, Integer> nothing = new EnumMap<>(Fault.class);
    private final List<String> accepted = new CopyOnWriteArrayList<>();
    private final Instant start;
    private volatile boolean over;

    /// Which fault happens next, after what time.
    @FunctionalInterface
    interface Schedule {
        /// @param possible faults, not none
        /// @return empty when nothing more is to happen
        Optional<Next> next(Set<Fault> possible, Random random);
    }

    record Next(Duration quiet, Fault fault) {}

    /// @param faults that are wanted
    /// @param all whether each of them has to be possible here, else those that are not are left
    ///     out
    record Plan(long seed, Set<Fault> faults, boolean all, boolean inBucket, Schedule schedule) {}

    private Chaos(Instant start, Plan plan, ChaosMesh chaos, StreamWatcher watcher) {
        this.start = start;
        this.seed = plan.seed();
        this.wanted = plan.faults();
        this.chaos = chaos;
        this.watcher = watcher;
        this.history = new History(chaos.mesh, chaos.promises);
    }

    /// Makes a model, starts a mesh, disturbs it, and fails where a promise was broken.
    ///
    /// @param home a new folder
    static void run(Path home, Plan plan) throws Exception {
        Instant start = Instant.now();
        RandomOpt model = new RandomOpt(2, 256, 1024, 4, 512, 256, Dtype.F16);
        model.write(home.resolve("model"), 1);
        model.writeIds(home.resolve("ids.safetensors"), 16, 256, 2048, 2);
        try (ChaosMesh mesh = ChaosMesh.start(home, plan.inBucket());
                StreamWatcher watcher = new StreamWatcher(mesh.mesh.client.gateway())) {
            Chaos chaos = new Chaos(start, plan, mesh, watcher);
            chaos.leaveOutTheImpossible(plan.all());
            chaos.run(plan.schedule());
        }
    }

    private void leaveOutTheImpossible(boolean noneMay) {
        for (Fault fault : wanted) {
            if (fault.need().isMet(chaos)) {
                possible.add(fault);
            } else {
                System.out.printf(
                        "chaos: %s cannot happen here and is left out: %s%n",
                        fault, fault.need().lack());
            }
        }
        assertThat(possible).as("faults that can happen here").isNotEmpty();
        if (noneMay) {
            assertThat(possible)
                    .as("of what was asked for, what can happen here")
                    .isEqualTo(wanted);
        }
    }

    private void run(Schedule schedule) throws Exception {
        for (ChaosJobs.Kind kind : chaos.jobs.kinds()) {
            ChaosJobs.Accepted job = chaos.jobs.submit(kind, "undisturbed-" + undisturbed.size());
            chaos.mesh.client.await(job.id(), Duration.ofMinutes(3));
            undisturbed.put(kind.name(), OutputFiles.digests(job.output()));
            delete(job);
        }
        try {
            disturb(schedule);
            judge();
        } catch (Exception | AssertionError e) {
            // Whatever ended it: the logs go with the mesh.
            throw new AssertionError(
                    "seed %d, ended before its time%s".formatted(seed, chaos.mesh.logTails()), e);
        } finally {
            System.out.print(summary());
        }
        assertThat(chaos.promises.violations())
                .as("seed %d%s", seed, chaos.mesh.logTails())
                .isEmpty();
    }

    private void judge() throws Exception {
        await(() -> watcher.ended(accepted) == accepted.size());
        history.stream(watcher.problems(), watcher.ended(accepted), accepted.size());
        history.tables();
        history.artifacts(chaos);
        history.lag();
        history.deadLetters(chaos.poison.doses());
        history.damage(happened.getOrDefault(Fault.ARTIFACT_DAMAGED, 0));
    }

    private String summary() {
        Set<Fault> never = EnumSet.copyOf(wanted);
        never.removeAll(happened.keySet());
        long seconds = Duration.between(start, Instant.now()).toSeconds();
        return "chaos: %d s with start and end, %d jobs, %d results made anew,"
                        .formatted(seconds, accepted.size(), history.takenBack())
                + " %d connections of a watcher%n".formatted(watcher.connections())
                + "chaos: %d faults happened %s%n".formatted(sum(happened), happened)
                + "chaos: %d faults came to nothing %s%n".formatted(sum(nothing), nothing)
                + "chaos: never happened %s%n".formatted(never)
                + chaos.promises.table();
    }

    private static int sum(Map<Fault, Integer> times) {
        return times.values().stream().mapToInt(Integer::intValue).sum();
    }

    /// Faults come one after the other, jobs meanwhile; what ends by itself is started again until
    /// the last job has ended.
    private void disturb(Schedule schedule) throws Exception {
        FutureTask<Void> working = new FutureTask<>(this::work);
        Thread.ofPlatform().name("jobs").start(working);
        Random random = new Random(seed);
        try {
            for (var next = schedule.next(possible, random);
                    next.isPresent() && !working.isDone();
                    next = schedule.next(possible, random)) {
                Thread.sleep(next.get().quiet());
                inject(next.get().fault(), random);
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

    private void inject(Fault fault, Random random) throws Exception {
        System.out.printf("chaos: %tT %s%n", System.currentTimeMillis(), fault);
        try {
            fault.inject(chaos, random);
            happened.merge(fault, 1, Integer::sum);
        } catch (NothingHappened e) {
            System.out.printf("chaos: %s came to nothing: %s%n", fault, e.getMessage());
            nothing.merge(fault, 1, Integer::sum);
        }
    }

    /// Submits jobs, judges each when it has ended, and deletes it.
    private Void work() throws Exception {
        Random random = new Random(seed + 1);
        Deque<ChaosJobs.Accepted> running = new ArrayDeque<>();
        boolean last = false;
        while (!last || !running.isEmpty()) {
            last = over;
            takeAccepted(running);
            while (!last && running.size() < IN_FLIGHT) {
                ChaosJobs.Kind kind =
                        chaos.jobs.kinds().get(random.nextInt(chaos.jobs.kinds().size()));
                ChaosJobs.Accepted job = chaos.jobs.submit(kind, "chaos-" + accepted.size());
                accepted.add(job.id());
                running.add(job);
                if (random.nextInt(CANCELLED_OF) == 0) {
                    Thread.sleep(random.nextLong(LATEST_CANCEL.toMillis()));
                    chaos.jobs.cancelAndRetry(job);
                }
            }
            if (!running.isEmpty()) {
                ChaosJobs.Accepted first = running.remove();
                history.judge(first, undisturbed.get(first.kind().name()));
                delete(first);
            }
        }
        return null;
    }

    /// Those that were submitted while a service was away.
    private void takeAccepted(Deque<ChaosJobs.Accepted> running) {
        for (var job = chaos.outages.nextAccepted();
                job.isPresent();
                job = chaos.outages.nextAccepted()) {
            accepted.add(job.get().id());
            running.add(job.get());
        }
    }

    /// Once the watcher has seen its end: with a job most of its events go.
    private void delete(ChaosJobs.Accepted job) throws IOException, InterruptedException {
        await(() -> watcher.ended(List.of(job.id())) == 1);
        chaos.jobs.delete(job);
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
