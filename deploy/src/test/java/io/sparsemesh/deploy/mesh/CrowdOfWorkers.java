package io.sparsemesh.deploy.mesh;

import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.event.WorkerStatus;
import io.sparsemesh.contracts.message.Envelope;
import io.sparsemesh.contracts.message.Message;
import io.sparsemesh.contracts.message.MessageCodec;
import io.sparsemesh.contracts.task.LayerTask;
import io.sparsemesh.contracts.task.Lease;
import io.sparsemesh.contracts.task.TaskHeartbeat;
import io.sparsemesh.contracts.task.TaskStarted;
import io.sparsemesh.contracts.task.TaskSucceeded;
import io.sparsemesh.deploy.bench.NoOpHandler;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// A thousand workers and more by one consumer and one producer: each has a name, tells its state
/// and its heartbeats, and keeps its task until it is told to end it. All of it happens in one
/// thread.
final class CrowdOfWorkers implements AutoCloseable {

    private static final Duration HEARTBEAT = Duration.ofSeconds(5);

    private final KafkaShareConsumer<byte[], byte[]> tasks;
    private final KafkaProducer<byte[], byte[]> producer;
    private final Deque<String> idle = new ArrayDeque<>();
    private final Map<String, Held> held = new LinkedHashMap<>();
    private final Map<String, Integer> taken = new HashMap<>();
    private final Thread thread;
    private volatile boolean open = true;
    private boolean holding = true;
    private Instant nextBeat = Instant.MIN;

    private record Held(LayerTask task, Lease lease) {}

    CrowdOfWorkers(String bootstrap, int count) {
        for (int i = 0; i < count; i++) {
            idle.add("crowd-" + i);
        }
        producer =
                new KafkaProducer<>(
                        Map.of("bootstrap.servers", bootstrap, "acks", "all"),
                        new ByteArraySerializer(),
                        new ByteArraySerializer());
        tasks =
                new KafkaShareConsumer<>(
                        Map.of(
                                "bootstrap.servers",
                                bootstrap,
                                "group.id",
                                Topics.LAYER_WORKERS,
                                "share.acknowledgement.mode",
                                "explicit",
                                "max.poll.records",
                                200),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer());
        tasks.subscribe(List.of(Topics.LAYER_TASKS));
        thread = Thread.ofPlatform().name("crowd").start(this::run);
    }

    private void run() {
        while (open) {
            takeWhatComes();
            synchronized (this) {
                if (Instant.now().isAfter(nextBeat)) {
                    nextBeat = Instant.now().plus(HEARTBEAT);
                    beat();
                }
                if (!holding) {
                    List.copyOf(held.keySet()).forEach(this::end);
                }
            }
        }
        tasks.close();
        producer.close();
    }

    private void takeWhatComes() {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        tasks.poll(Duration.ofMillis(100)).forEach(records::add);
        if (records.isEmpty()) {
            return;
        }
        synchronized (this) {
            for (ConsumerRecord<byte[], byte[]> record : records) {
                if (idle.isEmpty()) {
                    tasks.acknowledge(record, AcknowledgeType.RELEASE);
                } else {
                    take(idle.pop(), record);
                    tasks.acknowledge(record, AcknowledgeType.ACCEPT);
                }
            }
        }
        producer.flush();
        tasks.commitSync();
    }

    private void take(String worker, ConsumerRecord<byte[], byte[]> record) {
        Map<String, String> headers = new HashMap<>();
        record.headers().forEach(h -> headers.put(h.key(), MessageCodec.text(h.value())));
        LayerTask task = (LayerTask) MessageCodec.decode(headers, record.value()).message();
        Lease lease = task.lease(record.deliveryCount().map(Short::intValue).orElse(1), worker);
        held.put(worker, new Held(task, lease));
        taken.merge(task.job() + "/" + task.task(), 1, Integer::sum);
        send(Topics.RESULTS, lease + " started", new TaskStarted(lease));
    }

    private void beat() {
        held.values().forEach(one -> say(new TaskHeartbeat(one.lease())));
        held.forEach((worker, one) -> status(worker, one.task().job() + "/" + one.task().task()));
        idle.forEach(worker -> status(worker, ""));
    }

    private void status(String worker, String current) {
        send(
                Topics.WORKERS,
                UUID.randomUUID().toString(),
                new WorkerStatus(
                        worker,
                        "layer-worker",
                        "test",
                        "none",
                        1L << 34,
                        "",
                        "",
                        current,
                        Instant.EPOCH,
                        false));
    }

    private void say(Message message) {
        send(Topics.RESULTS, UUID.randomUUID().toString(), message);
    }

    private void send(String topic, String id, Message message) {
        ProducerRecord<byte[], byte[]> record =
                new ProducerRecord<>(
                        topic,
                        message.subject().getBytes(StandardCharsets.UTF_8),
                        MessageCodec.value(message));
        MessageCodec.headers(new Envelope(id, "/crowd", Instant.now(), message))
                .forEach((k, v) -> record.headers().add(k, v.getBytes(StandardCharsets.UTF_8)));
        producer.send(record);
    }

    private void end(String worker) {
        Held done = held.remove(worker);
        TaskSucceeded success =
                new TaskSucceeded(
                        done.lease(),
                        NoOpHandler.output(done.task().work(), done.lease()),
                        TimeUnit.MINUTES.toMillis(1));
        send(Topics.RESULTS, done.lease() + " succeeded", success);
        idle.add(worker);
    }

    synchronized int holds() {
        return held.size();
    }

    /// Some workers end their tasks and have the broker's word for it.
    synchronized void succeed(int count) {
        held.keySet().stream().limit(count).toList().forEach(this::end);
        producer.flush();
    }

    /// Some workers die: nothing more is heard of them.
    ///
    /// @return `job/task` of what they had
    synchronized List<String> die(int count) {
        List<String> lost = new ArrayList<>();
        for (String worker : held.keySet().stream().limit(count).toList()) {
            LayerTask task = held.remove(worker).task();
            lost.add(task.job() + "/" + task.task());
        }
        return lost;
    }

    /// From now on tasks end as soon as they are there.
    synchronized void work() {
        holding = false;
    }

    /// How often each task was handed out, by `job/task`.
    synchronized Map<String, Integer> taken() {
        return Map.copyOf(taken);
    }

    @Override
    public void close() {
        open = false;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
