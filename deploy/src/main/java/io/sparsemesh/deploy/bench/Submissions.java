package io.sparsemesh.deploy.bench;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.contracts.message.Envelope;
import io.sparsemesh.contracts.message.JobSubmitted;
import io.sparsemesh.contracts.message.MessageCodec;
import io.sparsemesh.deploy.mesh.PartialMesh;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/// Submits jobs to a scheduler, as a gateway does, and waits for their ends.
final class Submissions implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(100);

    private final PartialMesh mesh;
    private final KafkaProducer<String, byte[]> requests;
    private final EventTally events;

    /// @param mesh with the scheduler
    Submissions(PartialMesh mesh) {
        this.mesh = mesh;
        this.requests = producer(mesh.bootstrapServers());
        this.events = new EventTally(mesh.bootstrapServers());
    }

    private static KafkaProducer<String, byte[]> producer(String bootstrap) {
        return new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrap,
                        ProducerConfig.ACKS_CONFIG,
                        "all"),
                new StringSerializer(),
                new ByteArraySerializer());
    }

    /// What the scheduler told.
    EventTally events() {
        return events;
    }

    /// Submits jobs and waits until all are over; returns the seconds that they took.
    ///
    /// @param limit longest time
    /// @throws IllegalStateException if a process dies or a job does not end in time
    double run(List<JobSubmitted> jobs, Duration limit) {
        Instant begin = Instant.now();
        jobs.forEach(this::submit);
        Instant end = begin.plus(limit);
        while (!jobs.stream().allMatch(job -> events.ended(job.job()).isPresent())) {
            events.read(POLL);
            mesh.checkAlive();
            if (Instant.now().isAfter(end)) {
                throw new IllegalStateException(
                        "%d jobs: %d of %d tasks were done within %d s"
                                .formatted(
                                        jobs.size(),
                                        events.counted(ids(jobs)),
                                        jobs.stream().mapToInt(BenchJobs::tasks).sum(),
                                        limit.toSeconds()));
            }
        }
        long last =
                jobs.stream()
                        .mapToLong(job -> events.ended(job.job()).orElseThrow().millis())
                        .max()
                        .orElseThrow();
        return (last - begin.toEpochMilli()) / 1000.0;
    }

    private void submit(JobSubmitted job) {
        Envelope envelope =
                new Envelope(UUID.randomUUID().toString(), "/bench", Instant.now(), job);
        ProducerRecord<String, byte[]> record =
                new ProducerRecord<>(Topics.REQUESTS, job.subject(), MessageCodec.value(job));
        MessageCodec.headers(envelope)
                .forEach((k, v) -> record.headers().add(k, v.getBytes(StandardCharsets.UTF_8)));
        try {
            requests.send(record).get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("cannot submit " + job.job(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while submitting " + job.job(), e);
        }
    }

    static Set<JobId> ids(List<JobSubmitted> jobs) {
        return jobs.stream().map(JobSubmitted::job).collect(Collectors.toSet());
    }

    /// Whether each task of the jobs counted once, and each job succeeded with all its layers.
    boolean countedOnce(List<JobSubmitted> jobs) {
        return events.counted(ids(jobs)) == jobs.stream().mapToInt(BenchJobs::tasks).sum()
                && events.tasksToldTwice() == 0
                && jobs.stream().allMatch(this::succeeded);
    }

    private boolean succeeded(JobSubmitted job) {
        return events.ended(job.job())
                .filter(end -> end.event().state() == JobState.SUCCEEDED)
                .filter(end -> end.event().result().layers() == job.architecture().linears())
                .isPresent();
    }

    @Override
    public void close() {
        requests.close();
        events.close();
    }
}
