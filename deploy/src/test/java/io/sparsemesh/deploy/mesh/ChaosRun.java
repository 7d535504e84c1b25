package io.sparsemesh.deploy.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.deploy.bench.RandomOpt;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Jobs of several kinds while processes are killed, frozen and started again at moments that a
/// seed chooses; then the history is checked. `deploy/chaos` runs it; its name keeps it out of the
/// build's tests.
class ChaosRun {

    private static final Duration LENGTH = Duration.ofSeconds(Long.getLong("chaos.seconds", 180));
    private static final long SEED = Long.getLong("chaos.seed", System.nanoTime() & 0xffffff);
    private static final Set<Fault> FAULTS = faults(System.getProperty("chaos.only", ""));
    private static final int IN_FLIGHT = 2;
    private static final Duration LONGEST_QUIET = Duration.ofSeconds(8);

    @TempDir static Path home;

    private final Map<Fault, Integer> injected = new EnumMap<>(Fault.class);
    private final List<ChaosJobs.Accepted> accepted = new CopyOnWriteArrayList<>();
    private volatile boolean over;

    /// @param names of faults, `,`-separated; empty for all
    private static Set<Fault> faults(String names) {
        return names.isEmpty()
                ? EnumSet.allOf(Fault.class)
                : EnumSet.copyOf(Arrays.stream(names.split(",")).map(Fault::valueOf).toList());
    }

    @Test
    void promisesAreKeptWhateverDies() throws Exception {
        System.out.printf("chaos: %d s, --seed %d%n", LENGTH.toSeconds(), SEED);
        RandomOpt model = new RandomOpt(2, 256, 1024, 4, 512, 256, Dtype.F16);
        model.write(home.resolve("model"), 1);
        model.writeIds(home.resolve("ids.safetensors"), 16, 256, 2048, 2);
        try (TestMesh mesh = TestMesh.start(home, 2, 1, List.of())) {
            ChaosJobs jobs = new ChaosJobs(mesh, home);
            Map<String, Map<String, String>> undisturbed = undisturbed(mesh, jobs);
            History history = new History(mesh);
            try (StreamWatcher watcher = new StreamWatcher(mesh.client.gateway())) {
                disturb(mesh, jobs);
                for (ChaosJobs.Accepted job : accepted) {
                    history.judge(job, undisturbed.get(job.kind().name()));
                }
                List<String> ids = accepted.stream().map(ChaosJobs.Accepted::id).toList();
                await(() -> watcher.ended(ids) == ids.size());
                history.stream(watcher.problems(), watcher.ended(ids), ids.size());
                history.tables();
                history.deadLetters(injected.getOrDefault(Fault.POISON_SENT, 0));
                System.out.printf(
                        "chaos: %d jobs, %d faults %s, %d connections of a watcher%n%s",
                        accepted.size(),
                        injected.values().stream().mapToInt(Integer::intValue).sum(),
                        injected,
                        watcher.connections(),
                        history.table());
            }
            assertThat(history.violations()).as("seed %d%s", SEED, mesh.logTails()).isEmpty();
        }
    }

    private static Map<String, Map<String, String>> undisturbed(TestMesh mesh, ChaosJobs jobs)
            throws Exception {
        Map<String, Map<String, String>> digests = new HashMap<>();
        for (ChaosJobs.Kind kind : jobs.kinds()) {
            ChaosJobs.Accepted job = jobs.submit(kind, "undisturbed-" + digests.size());
            mesh.client.await(job.id(), Duration.ofMinutes(3));
            digests.put(kind.name(), OutputFiles.digests(job.output()));
        }
        return digests;
    }

    /// Faults come one after the other, jobs meanwhile.
    private void disturb(TestMesh mesh, ChaosJobs jobs) throws Exception {
        Instant end = Instant.now().plus(LENGTH);
        FutureTask<Void> submitting = new FutureTask<>(() -> submit(mesh, jobs));
        Thread.ofPlatform().name("submitting").start(submitting);
        Random random = new Random(SEED);
        try {
            while (Instant.now().isBefore(end)) {
                Thread.sleep(random.nextLong(LONGEST_QUIET.toMillis()));
                Fault fault = Fault.any(FAULTS, random);
                System.out.printf("chaos: %tT %s%n", System.currentTimeMillis(), fault);
                fault.inject(mesh, random);
                injected.merge(fault, 1, Integer::sum);
            }
        } finally {
            over = true;
        }
        submitting.get();
    }

    private Void submit(TestMesh mesh, ChaosJobs jobs) throws InterruptedException {
        Random random = new Random(SEED + 1);
        while (!over) {
            if (running(mesh) < IN_FLIGHT) {
                ChaosJobs.Kind kind = jobs.kinds().get(random.nextInt(jobs.kinds().size()));
                accepted.add(jobs.submit(kind, "chaos-" + accepted.size()));
            }
            Thread.sleep(Duration.ofMillis(500));
        }
        return null;
    }

    /// Jobs that have not ended; while the gateway is away all of them.
    private long running(TestMesh mesh) {
        return accepted.stream()
                .skip(Math.max(0, accepted.size() - 2L * IN_FLIGHT))
                .filter(job -> isRunning(mesh, job))
                .count();
    }

    private static boolean isRunning(TestMesh mesh, ChaosJobs.Accepted job) {
        try {
            return mesh.client.job(job.id()).path("finishedAt").isNull();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        } catch (RuntimeException | AssertionError away) {
            return true;
        }
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        Instant end = Instant.now().plus(Duration.ofSeconds(30));
        while (!condition.getAsBoolean() && Instant.now().isBefore(end)) {
            Thread.sleep(Duration.ofMillis(200));
        }
    }
}
