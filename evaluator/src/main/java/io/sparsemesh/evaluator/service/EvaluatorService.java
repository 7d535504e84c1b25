package io.sparsemesh.evaluator.service;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.sparsemesh.artifacts.FileRoots;
import io.sparsemesh.engine.cache.ModelCache;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.evaluator.EvaluationTasks;
import io.sparsemesh.evaluator.Workplace;
import io.sparsemesh.taskqueue.ProcessObserver;
import io.sparsemesh.taskqueue.TaskWorker;
import io.sparsemesh.taskqueue.WorkerProfile;
import io.sparsemesh.taskqueue.WorkerSettings;
import io.sparsemesh.tracing.Tracing;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/// Starts the evaluator with the process and stops it with it.
@ApplicationScoped
class EvaluatorService {

    private static final Logger LOG = Logger.getLogger(EvaluatorService.class);
    private static final String ROLE = "evaluator";

    private final EvaluatorConfig config;
    private final SourcesConfig sources;
    private final String version;
    private final MeterRegistry metrics;
    private Device device;
    private ModelCache models;
    private Tracing tracing = Tracing.off();
    private TaskWorker worker;

    EvaluatorService(
            EvaluatorConfig config,
            SourcesConfig sources,
            @ConfigProperty(name = "quarkus.application.version") String version,
            MeterRegistry metrics) {
        this.config = config;
        this.sources = sources;
        this.version = version;
        this.metrics = metrics;
    }

    /// The configured device is opened or the process does not start.
    void start(@Observes StartupEvent event) {
        Devices.Choice choice = Devices.choose(config.device(), threads());
        LOG.infof("device: asked for %s, took %s", config.device(), choice.reasons());
        device = choice.device();
        DeviceMetrics.show(device, metrics);
        models = new ModelCache(device, config.openModels(), config.blockMemory().asLongValue());
        Workplace place =
                new Workplace(
                        models,
                        new FileRoots(config.roots().orElse(List.of())),
                        SourcesConfig.open(sources));
        WorkerProfile profile = profile();
        tracing = Tracing.to(config.traceEndpoint(), ROLE);
        worker =
                new TaskWorker(
                        WorkerSettings.evaluator(
                                        config.kafkaBootstrap(),
                                        config.heartbeat(),
                                        config.shutdownGrace())
                                .withAttempt(config.attemptLimit()),
                        profile,
                        new EvaluationTasks(place),
                        EvaluationFailures.table(),
                        new ProcessObserver(config.haltAt(), new TaskMetrics(metrics)),
                        tracing);
        worker.start();
        LOG.infof("evaluator started: worker=%s device=%s", profile.worker(), profile.device());
    }

    private WorkerProfile profile() {
        String name = config.name().orElseGet(() -> WorkerProfile.defaultName(ROLE));
        WorkerProfile profile = WorkerProfile.ofProcess(name, ROLE, version, device.name());
        return device.accelerator()
                .map(gpu -> profile.onGpu(gpu.name(), gpu.memoryBytes(), gpu.driver()))
                .orElse(profile);
    }

    private int threads() {
        return config.threads() > 0 ? config.threads() : Runtime.getRuntime().availableProcessors();
    }

    TaskWorker worker() {
        return worker;
    }

    /// The device stays open while a task that did not end in time may still use it.
    void stop(@Observes ShutdownEvent event) {
        if (worker == null) {
            return;
        }
        if (worker.close(
                () -> {
                    models.close();
                    device.close();
                })) {
            LOG.info("evaluator stopped");
        }
        tracing.close();
    }
}
