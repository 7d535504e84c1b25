package io.sparsemesh.deploy.mesh;

import io.sparsemesh.contracts.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// What may happen to a mesh. Each ends with all processes running again.
enum Fault {
    WORKER_KILLED(6, (mesh, random) -> kill(oneOf(mesh.workers, random), random)),
    EVALUATOR_KILLED(2, (mesh, random) -> kill(oneOf(mesh.evaluators, random), random)),
    SCHEDULER_KILLED(3, (mesh, random) -> kill(mesh.scheduler, random)),
    GATEWAY_KILLED(3, (mesh, random) -> kill(mesh.gateway, random)),
    WORKER_TERMINATED(3, (mesh, random) -> terminate(oneOf(mesh.workers, random), random)),
    SCHEDULER_TERMINATED(2, (mesh, random) -> terminate(mesh.scheduler, random)),
    GATEWAY_TERMINATED(2, (mesh, random) -> terminate(mesh.gateway, random)),
    BROKER_KILLED(
            2,
            (mesh, random) -> {
                mesh.kafka.kill();
                Thread.sleep(pause(random, 5000));
                mesh.kafka.restart();
            }),
    DATABASE_KILLED(
            2,
            (mesh, random) -> {
                mesh.postgres.kill();
                Thread.sleep(pause(random, 5000));
                mesh.postgres.restart();
            }),
    /// Longer than its lease lasts: when it goes on it is a zombie.
    WORKER_FROZEN(2, (mesh, random) -> freeze(oneOf(mesh.workers, random), 22_000, 6000, random)),
    SCHEDULER_FROZEN(1, (mesh, random) -> freeze(mesh.scheduler, 5000, 10_000, random)),
    RECORDS_REPLAYED(
            2,
            (mesh, random) -> {
                try (Replayer _ = new Replayer(mesh.kafka.bootstrapServers())) {
                    Thread.sleep(Duration.ofSeconds(3).plus(pause(random, 5000)));
                }
            }),
    /// Records that nobody can read, on every topic.
    POISON_SENT(2, Fault::poison);

    /// What happens, until everything runs again.
    @FunctionalInterface
    private interface Injection {
        void into(TestMesh mesh, RandomGenerator random) throws Exception;
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

    /// Records that one time of poison leaves among the dead letters at the least: two on each of
    /// requests, results, events and both kinds of tasks.
    static final int READERS_WITH_DEAD_LETTERS = 10;

    /// How often it comes, beside the others.
    private final int weight;

    private final Injection injection;

    Fault(int weight, Injection injection) {
        this.weight = weight;
        this.injection = injection;
    }

    void inject(TestMesh mesh, RandomGenerator random) throws Exception {
        injection.into(mesh, random);
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

    private static void poison(TestMesh mesh, RandomGenerator random) {
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
            }
        }
    }
}
