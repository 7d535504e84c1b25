package io.sparsemesh.scheduler.service;

import io.sparsemesh.artifacts.ArtifactStore;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.artifact.ArtifactRef;
import io.sparsemesh.contracts.event.WorkerStatus;
import io.sparsemesh.contracts.message.MessageCodec;
import io.sparsemesh.contracts.task.AllocateManifest;
import io.sparsemesh.contracts.task.AssembleManifest;
import io.sparsemesh.contracts.task.Failure;
import io.sparsemesh.contracts.task.LayerTask;
import io.sparsemesh.contracts.task.Lease;
import io.sparsemesh.contracts.task.ReportManifest;
import io.sparsemesh.contracts.task.TaskFailed;
import io.sparsemesh.contracts.task.TaskHeartbeat;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskStarted;
import io.sparsemesh.contracts.task.TaskSucceeded;
import io.sparsemesh.contracts.task.TaskWork;
import io.sparsemesh.scheduler.core.FakeWork;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/// A worker of one pool that does no arithmetic and misbehaves as told.
final class FakeWorker implements AutoCloseable {

    /// What it does with a task.
    enum Conduct {
        /// Takes it and does it.
        DO,
        /// Takes it, does it, and says everything twice.
        DO_TWICE,
        /// Takes it and says that it cannot be done.
        FAIL,
        /// Takes it and goes on with it, with a heartbeat now and then, until it is closed.
        HOLD,
        /// Takes it and dies.
        DIE,
        /// Accepts the record without a word.
        LOSE
    }

    static final Failure FAILURE =
            new Failure(
                    Failure.Kind.INVALID_MODEL,
                    false,
                    "[model.safetensors] tensor 'x': expected 8 bytes, found 4");

    private final String name;
    private final String role;
    private final Wire wire;
    private final ArtifactStore artifacts;
    private final Function<LayerTask, Conduct> conduct;
    private final KafkaShareConsumer<String, byte[]> consumer;
    private final Queue<LayerTask> seen = new ConcurrentLinkedQueue<>();
    private final Queue<Duration> pauses = new ConcurrentLinkedQueue<>();
    private final Queue<Lease> held = new ConcurrentLinkedQueue<>();
    private Instant lastHeartbeat = Instant.MIN;
    private long doneNanos;
    private final Thread thread;
    private volatile boolean closed;
    private Instant lastStatus = Instant.MIN;

    FakeWorker(
            String bootstrap,
            String group,
            String topic,
            Wire wire,
            ArtifactStore artifacts,
            Function<LayerTask, Conduct> conduct) {
        this.role = group.equals(Topics.EVALUATORS) ? "evaluator" : "layer-worker";
        this.name = role + "-" + System.nanoTime();
        this.wire = wire;
        this.artifacts = artifacts;
        this.conduct = conduct;
        this.consumer =
                new KafkaShareConsumer<>(
                        Map.of(
                                "bootstrap.servers",
                                bootstrap,
                                "group.id",
                                group,
                                "share.acknowledgement.mode",
                                "explicit",
                                "share.acquire.mode",
                                "record_limit",
                                "max.poll.records",
                                1),
                        new StringDeserializer(),
                        new ByteArrayDeserializer());
        consumer.subscribe(List.of(topic));
        this.thread = Thread.ofPlatform().name(name).start(this::run);
    }

    Queue<LayerTask> seen() {
        return seen;
    }

    /// Times from when it said that a task was done until it had the next one.
    Queue<Duration> pauses() {
        return pauses;
    }

    private void run() {
        try (consumer) {
            while (!closed) {
                tellStatus();
                tellHeartbeats();
                for (ConsumerRecord<String, byte[]> record :
                        consumer.poll(Duration.ofMillis(200))) {
                    take(record);
                }
            }
        }
    }

    private void tellHeartbeats() {
        if (!held.isEmpty() && lastHeartbeat.plusSeconds(1).isBefore(Instant.now())) {
            lastHeartbeat = Instant.now();
            held.forEach(lease -> wire.send(Topics.RESULTS, new TaskHeartbeat(lease), 1));
        }
    }

    private void tellStatus() {
        if (lastStatus.plusMillis(500).isBefore(Instant.now())) {
            lastStatus = Instant.now();
            wire.send(
                    Topics.WORKERS,
                    new WorkerStatus(name, role, "test", "none", 1, "", "", "", lastStatus, false),
                    1);
        }
    }

    private void take(ConsumerRecord<String, byte[]> record) {
        LayerTask task = (LayerTask) Wire.decode(record).message();
        if (!seen.isEmpty()) {
            pauses.add(Duration.ofNanos(System.nanoTime() - doneNanos));
        }
        seen.add(task);
        Lease lease = task.lease(record.deliveryCount().orElse((short) 1), name);
        Conduct now = conduct.apply(task);
        if (now != Conduct.LOSE) {
            wire.send(Topics.RESULTS, new TaskStarted(lease), 1);
        }
        consumer.acknowledge(record, AcknowledgeType.ACCEPT);
        consumer.commitSync();
        switch (now) {
            case DO, DO_TWICE -> {
                TaskOutput output = output(task.work(), lease);
                doneNanos = System.nanoTime();
                wire.send(
                        Topics.RESULTS,
                        new TaskSucceeded(lease, output, 1),
                        now == Conduct.DO ? 1 : 2);
            }
            case FAIL -> wire.send(Topics.RESULTS, new TaskFailed(lease, FAILURE), 1);
            case HOLD -> held.add(lease);
            case DIE, LOSE -> {}
        }
    }

    private TaskOutput output(TaskWork work, Lease lease) {
        return switch (work) {
            case TaskWork.Assemble assemble ->
                    FakeWork.assembled(read(assemble.manifest(), AssembleManifest.class));
            case TaskWork.Report report ->
                    FakeWork.reported(read(report.manifest(), ReportManifest.class));
            case TaskWork.Allocate allocate ->
                    FakeWork.allocated(read(allocate.manifest(), AllocateManifest.class), lease);
            case TaskWork.Keep keep ->
                    FakeWork.kept(
                            keep.candidate(),
                            keep.output(),
                            read(keep.manifest(), TaskOutput.Assembled.class));
            case TaskWork.Calibrate _, TaskWork.Profile _, TaskWork.Solve _, TaskWork.Evaluate _ ->
                    FakeWork.done(work, lease, "");
        };
    }

    private <T> T read(ArtifactRef ref, Class<T> type) {
        try {
            return MessageCodec.mapper().readValue(artifacts.read(ref), type);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        closed = true;
        try {
            thread.join(Duration.ofSeconds(10));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
