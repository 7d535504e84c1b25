package io.sparsemesh.gateway.mlflow;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.sparsemesh.gateway.loop.Backoff;
import io.sparsemesh.gateway.loop.Loop;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.TransactionPhase;
import java.net.URI;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jboss.logging.Logger;

/// Exports what is due, one after the other. Any number of gateways do so together.
@ApplicationScoped
class Exporter {

    private static final Logger LOG = Logger.getLogger(Exporter.class);
    private static final Duration LAST = Duration.ofSeconds(5);

    /// Longest run that one attempt may take: a batch for each thousand of its metrics.
    private static final Duration LEASE = Duration.ofMinutes(10);

    private final ExportQueue queue;
    private final JobDocuments jobs;
    private final MlflowSettings settings;
    private final Backoff backoff;
    private final Map<ExportState, Counter> attempts = new EnumMap<>(ExportState.class);
    private final Loop loop = new Loop("mlflow-exporter", this::exportOne);

    Exporter(ExportQueue queue, JobDocuments jobs, MlflowSettings settings, MeterRegistry metrics) {
        this.queue = queue;
        this.jobs = jobs;
        this.settings = settings;
        settings.url().ifPresent(Exporter::requireHttp);
        this.backoff = new Backoff(settings.retryFirst(), settings.retryLongest());
        for (ExportState state : ExportState.values()) {
            attempts.put(state, counter(metrics, state));
        }
    }

    private static void requireHttp(URI url) {
        boolean http = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
        if (!http || url.getHost() == null) {
            throw new IllegalArgumentException(
                    "SPARSEMESH_MLFLOW_URL: expected http://HOST or https://HOST, found " + url);
        }
    }

    void start(@Observes StartupEvent event) {
        if (settings.url().isPresent()) {
            loop.start();
        }
    }

    void stop(@Observes ShutdownEvent event) throws InterruptedException {
        loop.stop(LAST);
    }

    void stored(@Observes(during = TransactionPhase.AFTER_SUCCESS) Exports.Stored stored) {
        loop.wake();
    }

    private boolean exportOne() {
        Optional<ExportQueue.Export> due = queue.claim(LEASE);
        due.ifPresent(this::export);
        return due.isPresent();
    }

    private void export(ExportQueue.Export export) {
        try {
            Optional<String> run = log(export);
            ExportState state = run.isPresent() ? ExportState.EXPORTED : ExportState.SKIPPED;
            if (queue.finish(export, state, "", Duration.ZERO)) {
                attempts.get(state).increment();
            }
            run.ifPresent(r -> LOG.infof("logged to MLflow jobId=%s run=%s", export.job(), r));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (MlflowException e) {
            failed(export, e.getMessage());
        } catch (RuntimeException e) {
            failed(export, e.toString());
        }
    }

    private Optional<String> log(ExportQueue.Export export)
            throws MlflowException, InterruptedException {
        Optional<JobDocuments.Document> job = jobs.ended(export.job());
        if (job.isEmpty()) {
            return Optional.empty();
        }
        String experiment = settings.experiment().replace("{tenant}", job.get().tenant().name());
        Run run = new RunOfJob(job.get(), settings.publicUrl()).run(export.seq());
        try (TrackingServer server =
                new TrackingServer(
                        settings.url().orElseThrow(), settings.token(), settings.timeout())) {
            return Optional.of(new RunLogger(server).log(experiment, run));
        }
    }

    private void failed(ExportQueue.Export export, String error) {
        Duration pause = backoff.pause(export.attempt(), ThreadLocalRandom.current());
        boolean again = export.age().plus(pause).compareTo(settings.retryFor()) <= 0;
        ExportState state = again ? ExportState.PENDING : ExportState.FAILED;
        if (queue.finish(export, state, error, pause)) {
            attempts.get(state).increment();
        }
        LOG.warnf(
                "not logged to MLflow, %s jobId=%s attempt=%d: %s",
                again ? "will be tried again" : "given up", export.job(), export.attempt(), error);
    }

    private static Counter counter(MeterRegistry metrics, ExportState state) {
        String outcome =
                state == ExportState.PENDING ? "retried" : state.name().toLowerCase(Locale.ROOT);
        return Counter.builder("sparsemesh.gateway.mlflow.attempts")
                .description("Attempts to log jobs to MLflow, by what came of them")
                .tag("outcome", outcome)
                .register(metrics);
    }
}
