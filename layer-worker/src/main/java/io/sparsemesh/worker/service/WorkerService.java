package io.sparsemesh.worker.service;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.sparsemesh.artifacts.ArtifactStore;
import io.sparsemesh.artifacts.ArtifactStores;
import io.sparsemesh.artifacts.FileRoots;
import io.sparsemesh.engine.cache.ModelCache;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.taskqueue.ProcessObserver;
import io.sparsemesh.taskqueue.TaskWorker;
import io.sparsemesh.taskqueue.WorkerProfile;
import io.sparsemesh.taskqueue.WorkerSettings;
import io.sparsemesh.tracing.Tracing;
import io.sparsemesh.worker.LayerTasks;
import io.sparsemesh.worker.Workplace;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/// Starts the worker with the process and stops it with it.
@ApplicationScoped
class WorkerService {

    private static final Logger LOG = Logger.getLogger(WorkerService.class);
    private static final String ROLE = "layer-worker";

    /// Layer tasks keep no blocks between tasks.
    private static final long BLOCK_MEMORY = 0;

    private final WorkerConfig config;
    private final StoreConfig storage;
    private final SourcesConfig sources;
    private final String version;
    private final MeterRegistry metrics;
    private Device device;
    private ModelCache models;
    private Tracing tracing = Tracing.off();
    private TaskWorker worker;

    WorkerService(
            WorkerConfig config,
            StoreConfig storage,
            SourcesConfig sources,
            @ConfigProperty(name = "quarkus.application.version") String version,
            MeterRegistry metrics) {
        this.config = config;
        this.storage = storage;
        this.sources = sources;
        this.version = version;
        this.metrics = metrics;
    }

    /// The configured store and device are opened or the process does not start.
    void start(@Observes StartupEvent event) {
        ArtifactStore store = ArtifactStores.open(StoreConfig.settings(storage));
        Devices.Choice choice = Devices.choose(config.device(), threads());
        LOG.infof("device: asked for %s, took %s", config.device(), choice.reasons());
        device = choice.device();
        device.prepare();
        DeviceMetrics.show(device, metrics);
        models = new ModelCache(device, config.openModels(), BLOCK_MEMORY);
        Workplace place =
                new Workplace(
                        device,
                        models,
                        store,
                        new FileRoots(config.roots().orElse(List.of())),
                        SourcesConfig.open(sources),
                        SourcesConfig.outputs(sources));
        WorkerProfile profile = profile();
        tracing = Tracing.to(config.traceEndpoint(), ROLE);
        worker =
                new TaskWorker(
                        WorkerSettings.layerWorker(
                                        config.kafkaBootstrap(),
                                        config.heartbeat(),
                                        config.shutdownGrace())
                                .withAttempt(config.attemptLimit()),
                        profile,
                        new LayerTasks(place, version),
                        LayerFailures.table(),
                        new ProcessObserver(config.haltAt(), new TaskMetrics(metrics)),
                        tracing);
        worker.start();
        LOG.infof("worker started: worker=%s device=%s", profile.worker(), profile.device());
    }

    private int threads() {
        return config.threads() > 0 ? config.threads() : Runtime.getRuntime().availableProcessors();
    }

    private WorkerProfile profile() {
        String name = config.name().orElseGet(() -> WorkerProfile.defaultName(ROLE));
        WorkerProfile profile = WorkerProfile.ofProcess(name, ROLE, version, device.name());
        return device.accelerator()
                .map(gpu -> profile.onGpu(gpu.name(), gpu.memoryBytes(), gpu.driver()))
                .orElse(profile);
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
            LOG.info("worker stopped");
        }
        tracing.close();
    }
}
