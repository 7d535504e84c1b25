package io.sparsemesh.taskqueue;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.artifact.ArtifactRef;
import io.sparsemesh.contracts.artifact.FileDigest;
import io.sparsemesh.contracts.event.WorkerStatus;
import io.sparsemesh.contracts.job.Output;
import io.sparsemesh.contracts.message.Envelope;
import io.sparsemesh.contracts.message.Message;
import io.sparsemesh.contracts.message.MessageCodec;
import io.sparsemesh.contracts.task.AbandonTasks;
import io.sparsemesh.contracts.task.Failure;
import io.sparsemesh.contracts.task.LayerTask;
import io.sparsemesh.contracts.task.TaskHeartbeat;
import io.sparsemesh.contracts.task.TaskMessage;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskWork;
import io.sparsemesh.embedded.KafkaSetup;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// The scheduler's side for one test, with a job of its own.
public final class Mesh implements AutoCloseable {

    static final TaskOutput DONE = new TaskOutput.Reported(new FileDigest("r.json", 1, "0"));

    final String bootstrap;
    public final JobId job;
    final String topic;
    final String group;
    private final KafkaProducer<byte[], byte[]> producer;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Map<String, List<Envelope>> read = new LinkedHashMap<>();

    /// A mesh with a task topic and a share group of its own.
    ///
    /// @param groupSettings settings of the share group, besides reading from the start
    Mesh(String bootstrap, Map<String, String> groupSettings) {
        this(bootstrap, unique("tasks-"), unique("workers-"), groupSettings);
    }

    /// A mesh with the topic and the share group of a service.
    public Mesh(String bootstrap, String topic, String group, Map<String, String> groupSettings) {
        this.bootstrap = bootstrap;
        this.topic = topic;
        this.group = group;
        job = new JobId(unique("job-"));
        KafkaSetup.createTopics(
                bootstrap,
                1,
                topic,
                Topics.RESULTS,
                Topics.WORKERS,
                Topics.CONTROL,
                Topics.DEAD_LETTERS);
        KafkaSetup.readShareGroupFromStart(bootstrap, group);
        if (!groupSettings.isEmpty()) {
            KafkaSetup.configureGroup(bootstrap, group, groupSettings);
        }
        producer =
                new KafkaProducer<>(
                        Map.of("bootstrap.servers", bootstrap),
                        new ByteArraySerializer(),
                        new ByteArraySerializer());
        consumer =
                new KafkaConsumer<>(
                        Map.of("bootstrap.servers", bootstrap, "auto.offset.reset", "earliest"),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer());
        consumer.assign(
                List.of(
                        new TopicPartition(Topics.RESULTS, 0),
                        new TopicPartition(Topics.WORKERS, 0)));
    }

    private static String unique(String prefix) {
        return prefix + UUID.randomUUID().toString().substring(0, 8);
    }

    TaskWorker worker(String name, TaskHandler handler) {
        return worker(name, Duration.ofSeconds(10), handler);
    }

    /// A started worker with a heartbeat of half a second.
    TaskWorker worker(String name, Duration grace, TaskHandler handler) {
        return worker(
                name,
                grace,
                handler,
                e -> new Failure(Failure.Kind.INTERNAL, true, e.getMessage()),
                TaskObserver.NONE);
    }

    TaskWorker worker(
            String name,
            Duration grace,
            TaskHandler handler,
            FailureMapping failures,
            TaskObserver observer) {
        return worker(name, grace, Duration.ofHours(1), handler, failures, observer);
    }

    TaskWorker worker(
            String name,
            Duration grace,
            Duration attempt,
            TaskHandler handler,
            FailureMapping failures,
            TaskObserver observer) {
        WorkerSettings settings =
                new WorkerSettings(bootstrap, topic, group, Duration.ofMillis(500), grace, attempt);
        WorkerProfile profile =
                new WorkerProfile(
                        job + "-" + name, "layer-worker", "1", "cpu", 1, "", "", Instant.EPOCH);
        TaskWorker worker = new TaskWorker(settings, profile, handler, failures, observer);
        worker.start();
        return worker;
    }

    LayerTask task(String id) {
        ArtifactRef none = new ArtifactRef("jobs/x/m.json", 1, "0");
        return new LayerTask(
                job,
                new TaskId(id),
                1,
                new TaskWork.Report(new Output("file:///o", "dense"), none));
    }

    void send(String... tasks) throws Exception {
        for (String id : tasks) {
            sendTo(topic, task(id));
        }
    }

    /// Hands out the first attempt of a task of this job.
    public void send(String id, TaskWork work) throws Exception {
        sendTo(topic, new LayerTask(job, new TaskId(id), 1, work));
    }

    void abandon() throws Exception {
        sendTo(Topics.CONTROL, new AbandonTasks(job));
    }

    private void sendTo(String to, Message message) throws Exception {
        sendRecord(
                Records.of(
                        to,
                        new Envelope(UUID.randomUUID().toString(), "/t", Instant.now(), message)));
    }

    void sendRecord(ProducerRecord<byte[], byte[]> record) throws Exception {
        producer.send(record).get(30, TimeUnit.SECONDS);
    }

    /// What workers said about this job's tasks so far, without heartbeats and without repetitions.
    List<TaskMessage> results() {
        poll();
        List<TaskMessage> messages = new ArrayList<>();
        List<String> seen = new ArrayList<>();
        for (Envelope envelope : envelopes(Topics.RESULTS)) {
            if (envelope.message() instanceof TaskMessage message
                    && message.lease().job().equals(job)
                    && !(message instanceof TaskHeartbeat)
                    && !seen.contains(envelope.id())) {
                seen.add(envelope.id());
                messages.add(message);
            }
        }
        return messages;
    }

    public long heartbeats() {
        poll();
        return envelopes(Topics.RESULTS).stream()
                .filter(e -> e.message() instanceof TaskHeartbeat h && h.lease().job().equals(job))
                .count();
    }

    public List<WorkerStatus> states() {
        poll();
        return envelopes(Topics.WORKERS).stream()
                .map(e -> (WorkerStatus) e.message())
                .filter(s -> s.worker().startsWith(job.value()))
                .toList();
    }

    /// Waits until the results are as wanted.
    public List<TaskMessage> awaitResults(Predicate<List<TaskMessage>> wanted) {
        return awaitResults(Duration.ofSeconds(40), wanted);
    }

    public List<TaskMessage> awaitResults(Duration limit, Predicate<List<TaskMessage>> wanted) {
        Instant end = Instant.now().plus(limit);
        while (Instant.now().isBefore(end)) {
            List<TaskMessage> results = results();
            if (wanted.test(results)) {
                return results;
            }
        }
        throw new AssertionError("not within " + limit + ", found " + results());
    }

    private List<Envelope> envelopes(String from) {
        return read.getOrDefault(from, List.of());
    }

    /// Reads all that is there now.
    private void poll() {
        Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
        do {
            consumer.poll(Duration.ofMillis(100)).forEach(this::remember);
        } while (ends.entrySet().stream()
                .anyMatch(end -> consumer.position(end.getKey()) < end.getValue()));
    }

    private void remember(ConsumerRecord<byte[], byte[]> record) {
        Map<String, String> headers = new LinkedHashMap<>();
        for (Header header : record.headers()) {
            headers.put(header.key(), MessageCodec.text(header.value()));
        }
        read.computeIfAbsent(record.topic(), _ -> new ArrayList<>())
                .add(MessageCodec.decode(headers, record.value()));
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(1));
        consumer.close();
    }
}
