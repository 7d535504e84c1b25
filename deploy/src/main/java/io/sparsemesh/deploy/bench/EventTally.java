package io.sparsemesh.deploy.bench;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.event.JobChanged;
import io.sparsemesh.contracts.event.JobEvent;
import io.sparsemesh.contracts.event.TaskChanged;
import io.sparsemesh.contracts.message.Envelope;
import io.sparsemesh.contracts.message.MessageCodec;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/// What the scheduler tells of the jobs, as a gateway hears it. An event that comes twice counts
/// once.
final class EventTally implements AutoCloseable {
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Set<String> seen = new HashSet<>();
    private final Map<JobId, Ended> ended = new HashMap<>();
    private final Map<String, Long> counted = new HashMap<>();
    private int tasksToldTwice;

    /// A job that is over.
    ///
    /// @param millis when the broker had the event
    /// @param seq its number: how many events the job has had
    record Ended(JobChanged event, long millis, long seq) {}

    EventTally(String bootstrap) {
        consumer =
                new KafkaConsumer<>(
                        Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer());
        List<TopicPartition> partitions =
                consumer.partitionsFor(Topics.EVENTS).stream()
                        .map(p -> new TopicPartition(p.topic(), p.partition()))
                        .toList();
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
    }

    /// Reads what came since the last call, waiting at most `limit` for the first of it.
    void read(Duration limit) {
        consumer.poll(limit).forEach(this::hear);
    }

    private void hear(ConsumerRecord<byte[], byte[]> record) {
        Map<String, String> headers = new HashMap<>();
        record.headers().forEach(h -> headers.put(h.key(), MessageCodec.text(h.value())));
        Envelope envelope = MessageCodec.decode(headers, record.value());
        if (!seen.add(envelope.id())) {
            return;
        }
        switch ((JobEvent) envelope.message()) {
            case TaskChanged task when task.state().equals("SUCCEEDED") ->
                    count(task, record.timestamp());
            case JobChanged job when job.state().isTerminal() ->
                    ended.put(job.job(), new Ended(job, record.timestamp(), job.seq()));
            default -> {}
        }
    }

    private void count(TaskChanged task, long millis) {
        if (counted.put(name(task.job(), task.task().value()), millis) != null) {
            tasksToldTwice++;
        }
    }

    private static String name(JobId job, String task) {
        return job + "/" + task;
    }

    Optional<Ended> ended(JobId job) {
        return Optional.ofNullable(ended.get(job));
    }

    /// When the broker had the event that says that the scheduler counted the task's result, in
    /// milliseconds of the epoch.
    Optional<Long> countedAt(JobId job, String task) {
        return Optional.ofNullable(counted.get(name(job, task)));
    }

    /// Tasks of these jobs whose result was counted.
    long counted(Set<JobId> jobs) {
        return counted.keySet().stream()
                .filter(name -> jobs.contains(new JobId(name.substring(0, name.indexOf('/')))))
                .count();
    }

    /// Results that were counted although the task was done already.
    int tasksToldTwice() {
        return tasksToldTwice;
    }

    @Override
    public void close() {
        consumer.close();
    }
}
