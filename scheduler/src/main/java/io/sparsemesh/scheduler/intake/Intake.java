package io.sparsemesh.scheduler.intake;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.reactive.messaging.kafka.KafkaRecord;
import io.smallrye.reactive.messaging.kafka.KafkaRecordBatch;
import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.event.WorkerStatus;
import io.sparsemesh.contracts.message.CancelRequested;
import io.sparsemesh.contracts.message.DeleteRequested;
import io.sparsemesh.contracts.message.Envelope;
import io.sparsemesh.contracts.message.JobSubmitted;
import io.sparsemesh.contracts.message.Message;
import io.sparsemesh.contracts.message.MessageException;
import io.sparsemesh.contracts.message.RetryRequested;
import io.sparsemesh.contracts.task.TaskHeartbeat;
import io.sparsemesh.contracts.task.TaskMessage;
import io.sparsemesh.scheduler.core.Event;
import io.sparsemesh.scheduler.job.Happening;
import io.sparsemesh.scheduler.job.Jobs;
import io.sparsemesh.scheduler.trace.JobTraces;
import io.sparsemesh.scheduler.worker.Workers;
import io.sparsemesh.tracing.LogKeys;
import io.sparsemesh.tracing.Step;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CompletionStage;
import org.eclipse.microprofile.reactive.messaging.Incoming;

/// Decodes what comes in and lets it happen. A record that cannot be read, or that can never be
/// processed, goes to the dead-letter topic; while the database is away the record waits, and with
/// it the channel.
@ApplicationScoped
class Intake {

    private final Jobs jobs;
    private final Patience patience;
    private final JobTraces traces;
    private final Channel<Request> requests;
    private final Channel<Happening> results;
    private final Channel<WorkerStatus> statuses;

    Intake(Jobs jobs, Workers workers, Patience patience, JobTraces traces) {
        this.jobs = jobs;
        this.traces = traces;
        this.patience = patience;
        this.requests =
                new Channel<>("requests", Intake::request, taken -> taken.forEach(this::take));
        this.results = new Channel<>("results", Intake::happening, this::take);
        this.statuses =
                new Channel<>(
                        "workers",
                        Intake::status,
                        said -> patience.persist(() -> workers.seen(said)));
    }

    void start(@Observes StartupEvent event) {
        requests.start();
        results.start();
        statuses.start();
    }

    void stop(@Observes ShutdownEvent event) {
        requests.stop();
        results.stop();
        statuses.stop();
    }

    /// @param name of its message
    /// @param fault why the record goes to the dead letters, if it does
    private record Request(String name, Happening happening, Optional<RuntimeException> fault) {}

    @Incoming("requests")
    CompletionStage<Void> requests(KafkaRecordBatch<String, byte[]> batch) {
        return requests.add(batch);
    }

    /// A submission that cannot be read is one all the same: its job has been accepted.
    private static Request request(KafkaRecord<String, byte[]> record) {
        try {
            return readable(record);
        } catch (MessageException e) {
            JobId job = Decoding.submitted(record).orElseThrow(() -> e);
            return new Request(
                    JobSubmitted.class.getSimpleName(), unreadable(job, e), Optional.of(e));
        }
    }

    private static Happening unreadable(JobId job, RuntimeException why) {
        return Happening.of(job, new Event.Unreadable(job, why.getMessage()));
    }

    private static Request readable(KafkaRecord<String, byte[]> record) {
        Envelope envelope = Decoding.read(record);
        Message.OfJob request = Decoding.expect(envelope, Message.OfJob.class);
        Event event =
                switch (request) {
                    case JobSubmitted submitted ->
                            new Event.Submitted(
                                    submitted.job(),
                                    submitted.tenant(),
                                    submitted.request(),
                                    submitted.architecture());
                    case CancelRequested _ -> new Event.CancelRequested();
                    case RetryRequested retry -> new Event.RetryRequested(damping(retry));
                    case DeleteRequested _ -> new Event.DeleteRequested();
                    default -> throw Decoding.unexpected(envelope, "a request");
                };
        return new Request(
                request.getClass().getSimpleName(),
                new Happening(envelope.id(), request.job(), event, envelope.traceparent()),
                Optional.empty());
    }

    /// @throws RuntimeException if the request is one for the dead letters
    private void take(Request request) {
        Happening happening = request.happening();
        try {
            happen(request.name(), happening);
        } catch (StoppingException e) {
            throw e;
        } catch (RuntimeException e) {
            if (happening.event() instanceof Event.Submitted) {
                happen(request.name(), unreadable(happening.job(), e));
            }
            throw e;
        }
        request.fault()
                .ifPresent(
                        fault -> {
                            throw fault;
                        });
    }

    private void happen(String request, Happening happening) {
        String name = "take " + request;
        try (Step step = traces.request(name, happening.job(), happening.traceparent());
                LogKeys _ = LogKeys.job(happening.job()).step(step)) {
            patience.persist(() -> jobs.happen(List.of(happening)));
        }
    }

    private static OptionalDouble damping(RetryRequested retry) {
        return retry.damping() == null
                ? OptionalDouble.empty()
                : OptionalDouble.of(retry.damping());
    }

    @Incoming("results")
    CompletionStage<Void> results(KafkaRecordBatch<String, byte[]> batch) {
        return results.add(batch);
    }

    /// A heartbeat that comes twice does no harm, and there are many: they pass by the inbox.
    private static Happening happening(KafkaRecord<String, byte[]> record) {
        Envelope envelope = Decoding.read(record);
        TaskMessage message = Decoding.expect(envelope, TaskMessage.class);
        String id = message instanceof TaskHeartbeat ? "" : envelope.id();
        return new Happening(
                id, message.lease().job(), new Event.Reported(message), envelope.traceparent());
    }

    private void take(List<Happening> happenings) {
        List<Step> steps =
                happenings.stream()
                        .filter(happening -> !happening.traceparent().isEmpty())
                        .map(result -> traces.result(result.job(), result.traceparent()))
                        .toList();
        try {
            patience.persist(() -> jobs.happen(happenings));
        } catch (RuntimeException e) {
            steps.forEach(step -> step.fail(e.toString()));
            throw e;
        } finally {
            steps.forEach(Step::close);
        }
    }

    @Incoming("workers")
    CompletionStage<Void> statuses(KafkaRecordBatch<String, byte[]> batch) {
        return statuses.add(batch);
    }

    private static WorkerStatus status(KafkaRecord<String, byte[]> record) {
        return Decoding.expect(Decoding.read(record), WorkerStatus.class);
    }
}
