package io.sparsemesh.scheduler.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.event.EvaluationUpdated;
import io.sparsemesh.contracts.event.JobChanged;
import io.sparsemesh.contracts.event.JobEvent;
import io.sparsemesh.contracts.event.LayersChanged;
import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.contracts.message.Envelope;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/// What a gateway makes of the events topic.
final class JobEvents {

    private JobEvents() {}

    /// Events of a job in the order of the topic, each id once.
    static List<JobEvent> of(JobId job, Wire wire) {
        Set<String> ids = new HashSet<>();
        List<JobEvent> events = new ArrayList<>();
        for (ConsumerRecord<String, byte[]> record : wire.readAll(Topics.EVENTS)) {
            Envelope envelope = Wire.decode(record);
            if (record.key().equals(job.value()) && ids.add(envelope.id())) {
                events.add((JobEvent) envelope.message());
            }
        }
        return events;
    }

    static <T> List<T> only(List<JobEvent> events, Class<T> type) {
        return events.stream().filter(type::isInstance).map(type::cast).toList();
    }

    /// Checks the events of a job of two blocks, measured dense and pruned, that was neither
    /// cancelled nor retried.
    static void checkSucceeded(List<JobEvent> events) {
        assertThat(events)
                .extracting(JobEvent::seq)
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, events.size()).boxed().toList());
        assertThat(only(events, JobChanged.class))
                .extracting(JobChanged::state)
                .containsExactly(
                        JobState.QUEUED,
                        JobState.PRUNING,
                        JobState.ASSEMBLING,
                        JobState.EVALUATING,
                        JobState.SUCCEEDED);
        List<String> solved =
                only(events, LayersChanged.class).stream()
                        .flatMap(e -> e.layers().stream())
                        .filter(layer -> layer.state().equals("SUCCEEDED"))
                        .map(LayersChanged.Layer::name)
                        .toList();
        assertThat(solved)
                .containsExactlyInAnyOrder(
                        "layers.0.q_proj",
                        "layers.0.k_proj",
                        "layers.0.fc",
                        "layers.1.q_proj",
                        "layers.1.k_proj",
                        "layers.1.fc");
        assertThat(only(events, EvaluationUpdated.class)).hasSize(8);
        JobChanged end = only(events, JobChanged.class).getLast();
        assertThat(events.getLast()).isSameAs(end);
        assertThat(end.result().layers()).isEqualTo(6);
        assertThat(end.result().dense()).containsKey("wiki");
        assertThat(end.result().pruned().get("wiki")).containsKey("perplexity");
        assertThat(end.result().files())
                .extracting(file -> file.name())
                .containsExactly("model.safetensors", "sparsemesh-report.json");
    }
}
