package io.sparsemesh.taskqueue;

import io.sparsemesh.contracts.BrokerLogin;
import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.message.MessageException;
import io.sparsemesh.contracts.task.AbandonTasks;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Hears which jobs' tasks are to be abandoned, from now on: every worker reads every record, in
/// no group. What is said while it is away is lost, which costs work and nothing else.
final class ControlListener implements Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(ControlListener.class);
    private static final Duration POLL = Duration.ofMillis(500);

    private final String bootstrap;
    private final CountDownLatch stop;
    private final Consumer<JobId> abandoned;
    private final CountDownLatch listening = new CountDownLatch(1);

    ControlListener(String bootstrap, CountDownLatch stop, Consumer<JobId> abandoned) {
        this.bootstrap = bootstrap;
        this.stop = stop;
        this.abandoned = abandoned;
    }

    /// Opens when the listener has found the end of the topic for the first time.
    CountDownLatch listening() {
        return listening;
    }

    @Override
    public void run() {
        Backoff backoff = new Backoff(stop);
        try {
            while (stop.getCount() > 0) {
                try (KafkaConsumer<byte[], byte[]> consumer = open()) {
                    listen(consumer, backoff);
                } catch (InterruptException e) {
                    throw new InterruptedException(e.getMessage());
                } catch (KafkaException e) {
                    LOG.debug("control topic: {}", e.toString());
                }
                backoff.pause();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private KafkaConsumer<byte[], byte[]> open() {
        Map<String, Object> config =
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrap,
                        ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG,
                        false,
                        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                        "latest",
                        ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                        false);
        return new KafkaConsumer<>(
                BrokerLogin.with(config), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private void listen(KafkaConsumer<byte[], byte[]> consumer, Backoff backoff) {
        List<TopicPartition> partitions =
                consumer.partitionsFor(Topics.CONTROL).stream()
                        .map(p -> new TopicPartition(p.topic(), p.partition()))
                        .toList();
        if (partitions.isEmpty()) {
            return;
        }
        consumer.assign(partitions);
        consumer.seekToEnd(partitions);
        partitions.forEach(consumer::position);
        listening.countDown();
        backoff.reset();
        while (stop.getCount() > 0) {
            consumer.poll(POLL).forEach(this::hear);
        }
    }

    private void hear(ConsumerRecord<byte[], byte[]> record) {
        try {
            abandoned.accept(Records.decode(record, AbandonTasks.class).job());
        } catch (MessageException e) {
            LOG.warn("control record {} ignored: {}", Records.place(record), e.getMessage());
        }
    }
}
