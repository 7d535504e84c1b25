package io.sparsemesh.deploy.mesh;

import io.sparsemesh.embedded.ChildProcess;
import io.sparsemesh.embedded.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Kafka, PostgreSQL and one service, all on this machine and as [Mesh] runs them: what a
/// benchmark of that service needs. Nothing that dies is started again.
public final class PartialMesh implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(120);

    private final KafkaMember kafka;
    private final PostgresMember postgres;
    private final ServiceMember service;

    private PartialMesh(String module, Path application, MeshOptions options) {
        this.kafka = new KafkaMember(options.dataDir().resolve("kafka"));
        this.postgres =
                new PostgresMember(options.dataDir().resolve("postgres"), options.durable());
        kafka.start();
        postgres.start();
        this.service =
                new ServiceMember(
                        module,
                        application,
                        Jvm.LIGHT,
                        new ServiceMember.Ports(options.port(), FreePorts.next()),
                        settings(options),
                        options);
        service.start();
    }

    /// Starts everything and returns when the service is ready.
    ///
    /// @param module the service, such as `scheduler`
    /// @param dataDir all state
    /// @param durable whether the database's state survives the machine's crash
    /// @throws IllegalStateException if the service is not built or does not get ready
    public static PartialMesh start(
            Installation installation, String module, Path dataDir, boolean durable) {
        MeshOptions options = new MeshOptions(FreePorts.next(), 0, dataDir, durable, List.of());
        try {
            Files.createDirectories(options.logs());
            Files.createDirectories(options.store());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot prepare " + dataDir, e);
        }
        Path application = installation.application(module);
        PartialMesh mesh = new PartialMesh(module, application, options);
        mesh.awaitReady();
        return mesh;
    }

    private Map<String, String> settings(MeshOptions options) {
        return Map.of(
                "SPARSEMESH_KAFKA_BOOTSTRAP", kafka.bootstrapServers(),
                "SPARSEMESH_STORE", options.store().toString(),
                "SPARSEMESH_STORE_DURABLE", Boolean.toString(options.durable()),
                "SPARSEMESH_DB_URL", postgres.server().jdbcUrl(),
                "SPARSEMESH_DB_USER", postgres.server().user(),
                "SPARSEMESH_DB_PASSWORD", postgres.server().password());
    }

    public String bootstrapServers() {
        return kafka.bootstrapServers();
    }

    /// Processor time that each process has used until now, its children's included.
    public Map<String, Duration> processorTimes() {
        Map<String, Duration> times = new LinkedHashMap<>();
        for (Member member : List.of(service, kafka, postgres)) {
            times.put(member.name(), member.process().processorTime());
        }
        return times;
    }

    /// Throws if a process has ended.
    ///
    /// @throws IllegalStateException that says which, with the end of its log
    public void checkAlive() {
        for (Member member : List.of(service, kafka, postgres)) {
            ChildProcess process = member.process();
            if (!process.isAlive()) {
                throw new IllegalStateException(
                        "%s ended; the end of its log:\n%s"
                                .formatted(member.name(), process.logTail(30)));
            }
        }
    }

    private void awaitReady() {
        Instant end = Instant.now().plus(START_LIMIT);
        try {
            while (!service.isReady()) {
                checkAlive();
                if (Instant.now().isAfter(end)) {
                    throw new IllegalStateException(
                            "%s was not ready within %d s; the end of its log:\n%s"
                                    .formatted(
                                            service.name(),
                                            START_LIMIT.toSeconds(),
                                            service.process().logTail(30)));
                }
                Thread.sleep(100);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            close();
            throw new IllegalStateException("interrupted while the mesh starts", e);
        } catch (IllegalStateException e) {
            close();
            throw e;
        }
    }

    @Override
    public void close() {
        Supervisor.stopAll(List.of(service));
        Supervisor.stopAll(List.of(kafka, postgres));
    }
}
