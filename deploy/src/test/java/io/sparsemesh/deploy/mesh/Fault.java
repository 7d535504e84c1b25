package io.sparsemesh.deploy.mesh;

import io.sparsemesh.embedded.LocalKafka;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;

/// What may happen to a mesh. Each ends with all processes running again.
enum Fault {
    WORKER_KILLED(6, (chaos, random) -> kill(oneOf(chaos.mesh.workers, random), random)),
    EVALUATOR_KILLED(2, (chaos, random) -> kill(oneOf(chaos.mesh.evaluators, random), random)),
    SCHEDULER_KILLED(
            3,
            (chaos, random) -> {
                chaos.mesh.scheduler.kill();
                chaos.outages.expectAnswer("the scheduler", 200);
                chaos.outages.expectAccepted("the scheduler", random);
                kill(chaos.mesh.scheduler, random);
            }),
    GATEWAY_KILLED(
            3,
            (chaos, random) -> {
                chaos.mesh.gateway.kill();
                chaos.outages.expectProgress("the gateway");
                kill(chaos.mesh.gateway, random);
            }),
    WORKER_TERMINATED(3, (chaos, random) -> terminate(oneOf(chaos.mesh.workers, random), random)),
    EVALUATOR_TERMINATED(
            1, (chaos, random) -> terminate(oneOf(chaos.mesh.evaluators, random), random)),
    SCHEDULER_TERMINATED(2, (chaos, random) -> terminate(chaos.mesh.scheduler, random)),
    GATEWAY_TERMINATED(2, (chaos, random) -> terminate(chaos.mesh.gateway, random)),
    BROKER_KILLED(
            2,
            (chaos, random) -> {
                chaos.mesh.kafka.kill();
                chaos.outages.expectAnswer("the broker", 200);
                Thread.sleep(pause(random, 5000));
                restart(chaos.mesh.kafka);
            }),
    /// What the scheduler said last may have reached nobody when it dies, too.
    BROKER_AND_SCHEDULER_KILLED(
            2,
            (chaos, random) -> {
                chaos.mesh.kafka.kill();
                Thread.sleep(pause(random, 1000));
                chaos.mesh.scheduler.kill();
                restart(chaos.mesh.kafka);
                kill(chaos.mesh.scheduler, random);
            }),
    DATABASE_KILLED(
            2,
            (chaos, random) -> {
                chaos.mesh.postgres.kill();
                chaos.outages.expectAnswer("the database", 503);
                Thread.sleep(pause(random, 5000));
                chaos.mesh.postgres.restart();
            }),
    /// Longer than its lease lasts: when it goes on it is a zombie.
    WORKER_FROZEN(2, Fault::freezeBusyWorker),
    SCHEDULER_FROZEN(1, (chaos, random) -> freeze(chaos.mesh.scheduler, random)),
    /// A worker and the broker hear nothing of each other, for less or more than a lease lasts.
    WORKER_PARTED(
            2,
            (chaos, random) -> {
                chaos.cable.block();
                Thread.sleep(Duration.ofSeconds(3).plus(pause(random, 30_000)));
                chaos.cable.mend();
            }),
    CONNECTIONS_RESET(
            2,
            (chaos, random) -> {
                for (int i = 0; i < 5; i++) {
                    chaos.cable.reset();
                    Thread.sleep(pause(random, 1000));
                }
            }),
    CONNECTION_SLOW(
            1,
            (chaos, random) -> {
                chaos.cable.slow(Duration.ofMillis(200));
                Thread.sleep(Duration.ofSeconds(3).plus(pause(random, 7000)));
                chaos.cable.mend();
            }),
    /// A task's thread stops and the heartbeats go on, until the worker ends itself.
    COMPUTING_HUNG(1, Fault::hang),
    /// A worker gets no more memory for what it computes.
    MEMORY_SHORT(1, Fault::starve),
    RECORDS_REPLAYED(
            2,
            (chaos, random) -> {
                Replayer replayer = new Replayer(chaos.mesh.kafka.bootstrapServers());
                try (replayer) {
                    Thread.sleep(Duration.ofSeconds(3).plus(pause(random, 5000)));
                }
                require(replayer.count() > 0, "there was no record");
            }),
    /// Records that nobody can read, on every topic.
    POISON_SENT(
            2, (chaos, random) -> chaos.poison.send(chaos.mesh.kafka.bootstrapServers(), random)),
    /// Bytes of an artifact turn, its end is lost, or all of it.
    ARTIFACT_DAMAGED(
            4,
            Need.DIRECTORY,
            (chaos, random) ->
                    require(Damage.any(chaos.artifacts(), random) > 0, "there was no artifact")),
    DISK_FULL(
            2,
            Need.SMALL_DISK,
            (chaos, random) -> {
                chaos.disk.fill();
                Thread.sleep(Duration.ofSeconds(1).plus(pause(random, 5000)));
                chaos.disk.free();
            }),
    /// No answer, then refused connections, then answers again.
    STORE_AWAY(
            4,
            Need.BUCKET,
            (chaos, random) -> {
                chaos.bucket.get().block();
                Thread.sleep(pause(random, 5000));
                chaos.bucket.get().cut();
                Thread.sleep(pause(random, 5000));
                chaos.bucket.get().mend();
            }),
    /// A process is started again with a clock that is two hours fast or slow.
    CLOCK_SKEWED(
            2,
            Need.FAKETIME,
            (chaos, random) -> {
                List<TestMesh.Service> all = chaos.mesh.services().toList();
                oneOf(all, random)
                        .terminateAndRestart(pause(random, 2000), SkewedClock.settings(random));
            }),
    /// Every process is replaced by one of the present version, one after the other.
    ROLLED(
            1,
            (chaos, random) -> {
                for (TestMesh.Service service : chaos.mesh.services().toList()) {
                    service.upgrade();
                    service.terminateAndRestart(Duration.ZERO);
                }
            });

    /// What happens, until everything runs again; [NothingHappened] if it did not.
    @FunctionalInterface
    private interface Injection {
        void into(ChaosMesh chaos, RandomGenerator random) throws Exception;
    }

    private static final int STARTS = 4;

    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

    /// Of the thread that does a worker's tasks.
    private static final String TASKS = "tasks";

    /// Part of the name of the library that most of the time is spent in.
    private static final String BLAS = "openblas";

    /// How often it comes, beside the others.
    private final int weight;

    private final Need need;
    private final Injection injection;

    Fault(int weight, Injection injection) {
        this(weight, Need.NOTHING, injection);
    }

    Fault(int weight, Need need, Injection injection) {
        this.weight = weight;
        this.need = need;
        this.injection = injection;
    }

    /// What has to be so that it can happen: some faults need a right, a program, or another store.
    Need need() {
        return need;
    }

    /// @throws NothingHappened if it came to nothing; everything runs then, too
    void inject(ChaosMesh chaos, RandomGenerator random) throws Exception {
        injection.into(chaos, random);
    }

    private static void require(boolean happened, String otherwise) throws NothingHappened {
        if (!happened) {
            throw new NothingHappened(otherwise);
        }
    }

    /// One of some, by their weights.
    static Fault any(Set<Fault> some, RandomGenerator random) {
        int left = random.nextInt(some.stream().mapToInt(fault -> fault.weight).sum());
        for (Fault fault : some) {
            left -= fault.weight;
            if (left < 0) {
                return fault;
            }
        }
        throw new IllegalStateException("weights changed meanwhile");
    }

    private static TestMesh.Service oneOf(List<TestMesh.Service> some, RandomGenerator random) {
        return some.get(random.nextInt(some.size()));
    }

    private static Duration pause(RandomGenerator random, int mostMillis) {
        return Duration.ofMillis(random.nextInt(mostMillis));
    }

    private static void kill(TestMesh.Service service, RandomGenerator random) throws Exception {
        service.killAndRestart(pause(random, 3000));
    }

    /// A busy machine may need more than one start of it has.
    private static void restart(LocalKafka kafka) {
        for (int left = STARTS; left > 0; left--) {
            try {
                kafka.restart();
                return;
            } catch (IllegalStateException tooSlow) {
                if (left == 1) {
                    throw tooSlow;
                }
            }
        }
    }

    private static void terminate(TestMesh.Service service, RandomGenerator random)
            throws Exception {
        service.terminateAndRestart(pause(random, 3000));
    }

    private static void freeze(TestMesh.Service service, RandomGenerator random) throws Exception {
        service.signal("STOP");
        try {
            Thread.sleep(Duration.ofMillis(5000).plus(pause(random, 10_000)));
        } finally {
            service.signal("CONT");
        }
    }

    /// A task may end just then: only what the scheduler has not heard of a moment later is frozen.
    private static void freezeBusyWorker(ChaosMesh chaos, RandomGenerator random) throws Exception {
        Instant end = Instant.now().plus(ChaosMesh.BUSY_LIMIT);
        while (Instant.now().isBefore(end)) {
            for (TestMesh.Service worker : chaos.mesh.workers) {
                if (chaos.isBusy(worker) && freezeIfBusy(chaos, worker, random)) {
                    return;
                }
            }
            Thread.sleep(Duration.ofMillis(50));
        }
        throw new NothingHappened("no worker had a task for long enough");
    }

    private static boolean freezeIfBusy(
            ChaosMesh chaos, TestMesh.Service worker, RandomGenerator random) throws Exception {
        worker.signal("STOP");
        try {
            Thread.sleep(LOOK_AGAIN);
            if (!chaos.isBusy(worker)) {
                return false;
            }
            Thread.sleep(Duration.ofMillis(21_000).plus(pause(random, 6000)));
            return true;
        } finally {
            worker.signal("CONT");
        }
    }

    private static void hang(ChaosMesh chaos, RandomGenerator random) throws Exception {
        Instant end = Instant.now().plus(ChaosMesh.BUSY_LIMIT);
        while (Instant.now().isBefore(end)) {
            for (TestMesh.Service worker : chaos.mesh.workers) {
                Optional<HungThread> hung = HungThread.stopInside(worker.pid(), TASKS, BLAS);
                if (hung.isPresent()) {
                    requireItsEnd(chaos, worker, hung.get());
                    return;
                }
            }
            Thread.sleep(Duration.ofMillis(2));
        }
        throw new NothingHappened("no worker was seen computing");
    }

    private static void requireItsEnd(ChaosMesh chaos, TestMesh.Service worker, HungThread hung)
            throws InterruptedException {
        Duration limit = ChaosMesh.ATTEMPT.multipliedBy(3);
        boolean over = false;
        try (hung) {
            Instant end = Instant.now().plus(limit);
            while (!over && Instant.now().isBefore(end)) {
                Thread.sleep(Duration.ofMillis(200));
                over = HungThread.isOver(worker.pid());
            }
        }
        for (int left = 100; over && worker.isAlive() && left > 0; left--) {
            Thread.sleep(Duration.ofMillis(100));
        }
        chaos.promises.check(
                Promise.HUNG_WORKERS_END,
                over,
                "%s hung for %s and did not end".formatted(worker.name, limit));
    }

    private static void starve(ChaosMesh chaos, RandomGenerator random) throws Exception {
        TestMesh.Service worker = oneOf(chaos.mesh.workers, random);
        Optional<String> refused = limitMemory(worker, Long.toString(addressSpace(worker.pid())));
        require(refused.isEmpty(), refused.orElse(""));
        Thread.sleep(Duration.ofSeconds(2).plus(pause(random, 6000)));
        refused = limitMemory(worker, "unlimited");
        if (refused.isPresent()) {
            Thread.sleep(LOOK_AGAIN);
            if (worker.isAlive()) {
                throw new IllegalStateException(refused.get());
            }
        }
    }

    /// Sets the soft limit, so that it can be raised again.
    ///
    /// @return why not
    private static Optional<String> limitMemory(TestMesh.Service worker, String bytes)
            throws Exception {
        Process prlimit =
                new ProcessBuilder("prlimit", "--pid=" + worker.pid(), "--as=" + bytes + ":")
                        .redirectErrorStream(true)
                        .start();
        String said = new String(prlimit.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int status = prlimit.waitFor();
        return status == 0
                ? Optional.empty()
                : Optional.of("prlimit ended with %d: %s".formatted(status, said.strip()));
    }

    /// What a process has reserved, in bytes.
    private static long addressSpace(long pid) throws IOException {
        String line =
                Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                        .filter(l -> l.startsWith("VmSize:"))
                        .findFirst()
                        .orElseThrow();
        return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
    }
}
