package io.sparsemesh.deploy.mesh;

import io.sparsemesh.contracts.Topics;
import io.sparsemesh.embedded.LocalKafka;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// What may happen to a mesh. Each ends with all processes running again.
enum Fault {
    WORKER_KILLED(6, (chaos, random) -> kill(oneOf(chaos.mesh.workers, random), random)),
    EVALUATOR_KILLED(2, (chaos, random) -> kill(oneOf(chaos.mesh.evaluators, random), random)),
    SCHEDULER_KILLED(
            3,
            (chaos, random) -> {
                chaos.mesh.scheduler.kill();
                chaos.expectAnswer("the scheduler", 200);
                kill(chaos.mesh.scheduler, random);
            }),
    GATEWAY_KILLED(3, (chaos, random) -> kill(chaos.mesh.gateway, random)),
    WORKER_TERMINATED(3, (chaos, random) -> terminate(oneOf(chaos.mesh.workers, random), random)),
    SCHEDULER_TERMINATED(2, (chaos, random) -> terminate(chaos.mesh.scheduler, random)),
    GATEWAY_TERMINATED(2, (chaos, random) -> terminate(chaos.mesh.gateway, random)),
    BROKER_KILLED(
            2,
            (chaos, random) -> {
                chaos.mesh.kafka.kill();
                chaos.expectAnswer("the broker", 200);
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
                chaos.expectAnswer("the database", 503);
                Thread.sleep(pause(random, 5000));
                chaos.mesh.postgres.restart();
            }),
    /// Longer than its lease lasts: when it goes on it is a zombie.
    WORKER_FROZEN(
            2,
            (chaos, random) -> {
                TestMesh.Service worker =
                        chaos.busyWorker(ChaosMesh.BUSY_LIMIT)
                                .orElseGet(() -> oneOf(chaos.mesh.workers, random));
                freeze(worker, 22_000, 6000, random);
            }),
    SCHEDULER_FROZEN(1, (chaos, random) -> freeze(chaos.mesh.scheduler, 5000, 10_000, random)),
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
                try (Replayer _ = new Replayer(chaos.mesh.kafka.bootstrapServers())) {
                    Thread.sleep(Duration.ofSeconds(3).plus(pause(random, 5000)));
                }
            }),
    /// Records that nobody can read, on every topic.
    POISON_SENT(2, (chaos, random) -> poison(chaos.mesh, random)),
    /// Bytes of an artifact turn, its end is lost, or all of it.
    ARTIFACT_DAMAGED(
            4,
            chaos -> chaos.bucket.isEmpty(),
            (chaos, random) -> Damage.any(chaos.artifacts(), random)),
    DISK_FULL(
            2,
            chaos -> chaos.bucket.isEmpty() && chaos.disk.canBeFull(),
            (chaos, random) -> {
                chaos.disk.fill();
                Thread.sleep(Duration.ofSeconds(1).plus(pause(random, 5000)));
                chaos.disk.free();
            }),
    /// No answer, then refused connections, then answers again.
    STORE_AWAY(
            4,
            chaos -> chaos.bucket.isPresent(),
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
            chaos -> SkewedClock.isInstalled(),
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

    /// What happens, until everything runs again.
    @FunctionalInterface
    private interface Injection {
        void into(ChaosMesh chaos, RandomGenerator random) throws Exception;
    }

    private static final List<String> POISONED =
            List.of(
                    Topics.REQUESTS,
                    Topics.RESULTS,
                    Topics.EVENTS,
                    Topics.WORKERS,
                    Topics.CONTROL,
                    Topics.LAYER_TASKS,
                    Topics.EVALUATION_TASKS);

    /// Records that one time of poison leaves among the dead letters at the least: three on each of
    /// requests, results, events and both kinds of tasks.
    static final int READERS_WITH_DEAD_LETTERS = 15;

    private static final int STARTS = 4;

    /// Bytes of a record that is larger than any message, and yet taken by the broker.
    private static final int OVERSIZED = 100_000;

    /// Bytes of one that it refuses.
    private static final int HUGE = 500_000;

    /// How often it comes, beside the others.
    private final int weight;

    private final Predicate<ChaosMesh> possible;
    private final Injection injection;

    Fault(int weight, Injection injection) {
        this(weight, _ -> true, injection);
    }

    Fault(int weight, Predicate<ChaosMesh> possible, Injection injection) {
        this.weight = weight;
        this.possible = possible;
        this.injection = injection;
    }

    /// Whether it can happen here: some need a right, a program, or another store.
    boolean isPossible(ChaosMesh chaos) {
        return possible.test(chaos);
    }

    void inject(ChaosMesh chaos, RandomGenerator random) throws Exception {
        injection.into(chaos, random);
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

    private static void freeze(
            TestMesh.Service service, int leastMillis, int moreMillis, RandomGenerator random)
            throws Exception {
        service.signal("STOP");
        try {
            Thread.sleep(Duration.ofMillis(leastMillis).plus(pause(random, moreMillis)));
        } finally {
            service.signal("CONT");
        }
    }

    private static void hang(ChaosMesh chaos, RandomGenerator random) throws Exception {
        Optional<TestMesh.Service> busy = chaos.busyWorker(ChaosMesh.BUSY_LIMIT);
        if (busy.isEmpty()) {
            return;
        }
        TestMesh.Service worker = busy.get();
        Optional<HungThread> hung = HungThread.stop(worker.pid(), "tasks");
        if (hung.isEmpty()) {
            return;
        }
        try (HungThread _ = hung.get()) {
            Instant end = Instant.now().plus(ChaosMesh.ATTEMPT.multipliedBy(2));
            while (worker.isAlive() && Instant.now().isBefore(end)) {
                Thread.sleep(Duration.ofMillis(200));
            }
        }
    }

    private static void starve(ChaosMesh chaos, RandomGenerator random) throws Exception {
        TestMesh.Service worker = oneOf(chaos.mesh.workers, random);
        limitMemory(worker, Long.toString(addressSpace(worker.pid())));
        Thread.sleep(Duration.ofSeconds(2).plus(pause(random, 6000)));
        if (worker.isAlive()) {
            limitMemory(worker, "unlimited");
        }
    }

    /// Sets the soft limit, so that it can be raised again.
    private static void limitMemory(TestMesh.Service worker, String bytes) throws Exception {
        new ProcessBuilder("prlimit", "--pid=" + worker.pid(), "--as=" + bytes + ":")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
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

    private static void requireRefused(String topic, Future<RecordMetadata> sent)
            throws InterruptedException {
        try {
            sent.get();
            throw new AssertionError("%s took a record of %d bytes".formatted(topic, HUGE));
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof RecordTooLargeException)) {
                throw new AssertionError(e);
            }
        }
    }

    private static void poison(TestMesh mesh, RandomGenerator random) throws InterruptedException {
        Map<String, Object> settings =
                Map.of("bootstrap.servers", mesh.kafka.bootstrapServers(), "acks", "all");
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(
                        settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (String topic : POISONED) {
                byte[] noise = new byte[random.nextInt(1, 2000)];
                random.nextBytes(noise);
                producer.send(new ProducerRecord<>(topic, noise));
                ProducerRecord<byte[], byte[]> unknown =
                        new ProducerRecord<>(topic, "{}".getBytes(StandardCharsets.UTF_8));
                unknown.headers()
                        .add("ce_type", "io.sparsemesh.none.v9".getBytes(StandardCharsets.UTF_8));
                producer.send(unknown);
                producer.send(new ProducerRecord<>(topic, new byte[OVERSIZED]));
                requireRefused(topic, producer.send(new ProducerRecord<>(topic, new byte[HUGE])));
            }
        }
    }
}
