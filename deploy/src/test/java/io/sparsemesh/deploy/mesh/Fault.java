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
    WORKER_KILLED(6) {
        @Override
        void inject(TestMesh mesh, RandomGenerator random) throws Exception {
            oneOf(mesh.workers, random).killAndRestart(pause(random, 3000));
        }
    },
    EVALUATOR_KILLED(2) {
        @Override
        void inject(TestMesh mesh, RandomGenerator random) throws Exception {
            oneOf(mesh.evaluators, random).killAndRestart(pause(random, 3000));
        }
    },
    SCHEDULER_KILLED(3) {
        @Override
        void inject(TestMesh mesh, RandomGenerator random) throws Exception {
            mesh.scheduler.killAndRestart(pause(random, 3000));
        }
    },
    GATEWAY_KILLED(3) {
        @Override
        void inject(TestMesh mesh, RandomGenerator random) throws Exception {
            mesh.gateway.killAndRestart(pause(random, 3000));
        }
    },
    WORKER_TERMINATED(3) {
        @Override
        void inject(TestMesh mesh, RandomGenerator random) throws Exception {
            oneOf(mesh.workers, random).terminateAndRestart(pause(random, 3000));
        }
    },
    SCHEDULER_TERMINATED(2) {
        @Override
        void inject(TestMesh mesh, RandomGenerator random) throws Exception {
            mesh.scheduler.terminateAndRestart(pause(random, 3000));
        }
    },
    GATEWAY_TERMINATED(2) {
        @Override
        void inject(TestMesh mesh, RandomGenerator random) throws Exception {
            mesh.gateway.terminateAndRestart(pause(random, 3000));
        }
    },
    BROKER_KILLED(2) {
        @Override
        void inject(TestMesh mesh, RandomGenerator random) throws Exception {
            mesh.kafka.kill();
            Thread.sleep(pause(random, 5000));
            mesh.kafka.restart();
        }
    },
    DATABASE_KILLED(2) {
        @Override
        void inject(TestMesh mesh, RandomGenerator random) throws Exception {
            mesh.postgres.kill();
            Thread.sleep(pause(random, 5000));
            mesh.postgres.restart();
        }
    },
    /// Longer than its lease lasts: when it goes on it is a zombie.
    WORKER_FROZEN(2) {
        @Override
        void inject(TestMesh mesh, RandomGenerator random) throws Exception {
            freeze(oneOf(mesh.workers, random), Duration.ofSeconds(22).plus(pause(random, 6000)));
        }
    },
    SCHEDULER_FROZEN(1) {
        @Override
        void inject(TestMesh mesh, RandomGenerator random) throws Exception {
            freeze(mesh.scheduler, Duration.ofSeconds(5).plus(pause(random, 10_000)));
        }
    },
    RECORDS_REPLAYED(2) {
        @Override
        void inject(TestMesh mesh, RandomGenerator random) throws Exception {
            try (Replayer _ = new Replayer(mesh.kafka.bootstrapServers())) {
                Thread.sleep(Duration.ofSeconds(3).plus(pause(random, 5000)));
            }
        }
    },
    /// Records that nobody can read, on every topic.
    POISON_SENT(2) {
        @Override
        void inject(TestMesh mesh, RandomGenerator random) {
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
                            .add(
                                    "ce_type",
                                    "io.sparsemesh.none.v9".getBytes(StandardCharsets.UTF_8));
                    producer.send(unknown);
                }
            }
        }
    };

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

    Fault(int weight) {
        this.weight = weight;
    }

    abstract void inject(TestMesh mesh, RandomGenerator random) throws Exception;

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

    private static void freeze(TestMesh.Service service, Duration time) throws Exception {
        service.signal("STOP");
        try {
            Thread.sleep(time);
        } finally {
            service.signal("CONT");
        }
    }
}
