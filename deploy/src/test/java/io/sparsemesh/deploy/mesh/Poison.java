package io.sparsemesh.deploy.mesh;

import io.sparsemesh.contracts.Topics;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// Records that nobody can read, in doses: one of each kind on every topic. Each carries a header
/// that tells it from all others, which whoever sets it aside keeps.
final class Poison {

    /// Name of the header that has the record's [Label].
    static final String LABEL = "chaos_poison";

    private static final List<String> TOPICS =
            List.of(
                    Topics.REQUESTS,
                    Topics.RESULTS,
                    Topics.EVENTS,
                    Topics.WORKERS,
                    Topics.CONTROL,
                    Topics.LAYER_TASKS,
                    Topics.EVALUATION_TASKS);

    /// Workers drop what they cannot read there, as nobody is harmed.
    private static final Set<String> DROPPED = Set.of(Topics.CONTROL);

    private static final int NOISE = 2000;

    /// Bytes of a record that is larger than any message, and yet taken by the broker.
    private static final int OVERSIZED = 100_000;

    /// Bytes of one that it refuses.
    private static final int HUGE = 500_000;

    private int doses;

    enum Kind {
        NOISE,
        UNKNOWN_TYPE,
        OVERSIZED
    }

    /// Which record it is.
    record Label(int dose, String topic, Kind kind) {
        @Override
        public String toString() {
            return "%d %s %s".formatted(dose, topic, kind);
        }
    }

    /// Sends one more dose.
    ///
    /// @throws AssertionError if the broker takes what it should refuse, or refuses another
    void send(String bootstrap, RandomGenerator random) throws InterruptedException {
        doses++;
        Map<String, Object> settings = Map.of("bootstrap.servers", bootstrap, "acks", "all");
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(
                        settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (String topic : TOPICS) {
                for (Kind kind : Kind.values()) {
                    requireTaken(producer.send(record(new Label(doses, topic, kind), random)));
                }
                requireRefused(topic, producer.send(new ProducerRecord<>(topic, new byte[HUGE])));
            }
        }
    }

    static ProducerRecord<byte[], byte[]> record(Label label, RandomGenerator random) {
        byte[] value =
                switch (label.kind()) {
                    case NOISE -> noise(random);
                    case UNKNOWN_TYPE -> "{}".getBytes(StandardCharsets.UTF_8);
                    case OVERSIZED -> new byte[OVERSIZED];
                };
        ProducerRecord<byte[], byte[]> record =
                new ProducerRecord<>(label.topic(), key(label), value);
        record.headers().add(LABEL, bytes(label + " " + digest(value)));
        if (label.kind() == Kind.UNKNOWN_TYPE) {
            record.headers().add("ce_type", bytes("io.sparsemesh.none.v9"));
        }
        return record;
    }

    /// The topic of the workers is compacted and takes no record without a key.
    private static byte[] key(Label label) {
        return label.topic().equals(Topics.WORKERS) ? bytes(label.toString()) : null;
    }

    private static byte[] noise(RandomGenerator random) {
        byte[] noise = new byte[random.nextInt(1, NOISE)];
        random.nextBytes(noise);
        return noise;
    }

    private static void requireTaken(Future<RecordMetadata> sent) throws InterruptedException {
        try {
            sent.get();
        } catch (ExecutionException e) {
            throw new AssertionError("poison was refused", e.getCause());
        }
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

    int doses() {
        return doses;
    }

    /// Records that should lie among the dead letters and do not, or not as they were.
    ///
    /// @param doses how many there were
    static List<Label> missing(int doses, List<DeadLetters.Letter> letters) {
        List<Label> missing = new ArrayList<>(expected(doses));
        for (DeadLetters.Letter letter : letters) {
            missing.removeIf(label -> isCopy(letter, label));
        }
        return missing;
    }

    /// Each record of each dose that should lie among the dead letters.
    static List<Label> expected(int doses) {
        return IntStream.rangeClosed(1, doses)
                .boxed()
                .flatMap(dose -> TOPICS.stream().flatMap(topic -> labels(dose, topic)))
                .filter(label -> !DROPPED.contains(label.topic()))
                .toList();
    }

    private static Stream<Label> labels(int dose, String topic) {
        return Arrays.stream(Kind.values()).map(kind -> new Label(dose, topic, kind));
    }

    private static boolean isCopy(DeadLetters.Letter letter, Label label) {
        return letter.origin().equals(label.topic())
                && letter.label().equals(label + " " + digest(letter.value()));
    }

    private static String digest(byte[] value) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(value);
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
