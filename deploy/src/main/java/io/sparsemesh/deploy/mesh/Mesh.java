package io.sparsemesh.deploy.mesh;

import io.sparsemesh.embedded.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// Kafka, PostgreSQL, scheduler, gateway, layer-workers and an evaluator, all on this machine.
/// A member that dies is started again until [#close].
public final class Mesh implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(120);

    private final Installation installation;
    private final MeshOptions options;
    private final Supervisor supervisor;
    private final KafkaMember kafka;
    private final PostgresMember postgres;
    private final List<ServiceMember> services = new ArrayList<>();
    private FileChannel lock;

    private Mesh(Installation installation, MeshOptions options, Consumer<String> log) {
        this.installation = installation;
        this.options = options;
        this.supervisor = new Supervisor(log);
        this.kafka = new KafkaMember(options.dataDir().resolve("kafka"));
        this.postgres =
                new PostgresMember(options.dataDir().resolve("postgres"), options.durable());
    }

    /// Prepares a mesh; nothing runs before [#start].
    ///
    /// @param log receives a line when a member dies or lives again
    public static Mesh of(Installation installation, MeshOptions options, Consumer<String> log) {
        return new Mesh(installation, options, log);
    }

    public URI url() {
        return URI.create("http://127.0.0.1:" + options.port());
    }

    /// Starts everything and returns when jobs are accepted and there is somebody to do them.
    ///
    /// @throws IllegalStateException if something is not built, a port or the data directory is
    ///     taken, or a member does not get ready; the message says which
    public void start() {
        if (!FreePorts.isFree(options.port())) {
            throw new IllegalStateException(
                    "port " + options.port() + " of 127.0.0.1 is taken; choose another by --port");
        }
        prepareFolders();
        startServers();
        addServices();
        services.forEach(ServiceMember::start);
        awaitReady();
        members().forEach(supervisor::watch);
    }

    /// What a service tells of itself, in the Prometheus format.
    public String metrics(String service) {
        return service(service).metrics();
    }

    /// Process id of a service.
    public long pid(String service) {
        return service(service).process().pid();
    }

    private ServiceMember service(String name) {
        return services.stream()
                .filter(service -> service.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no service " + name));
    }

    /// All members, whether they run or not.
    List<Member> members() {
        List<Member> members = new ArrayList<>(List.of(kafka, postgres));
        members.addAll(services);
        return members;
    }

    /// Ends the services, then the servers that they need.
    @Override
    public void close() {
        supervisor.stop();
        Supervisor.stopAll(services);
        Supervisor.stopAll(List.of(kafka, postgres));
        if (lock != null) {
            try {
                lock.close();
            } catch (IOException e) {
                throw new UncheckedIOException("cannot release " + options.dataDir(), e);
            }
        }
    }

    private void prepareFolders() {
        try {
            Files.createDirectories(options.logs());
            Files.createDirectories(options.store());
            Files.createDirectories(options.output());
            Path file = options.dataDir().resolve("mesh.lock");
            lock = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (!couldLock(lock)) {
                throw new IllegalStateException(
                        "another mesh runs on the data of " + options.dataDir());
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot prepare " + options.dataDir(), e);
        }
    }

    private static boolean couldLock(FileChannel file) throws IOException {
        try {
            return file.tryLock() != null;
        } catch (OverlappingFileLockException bySameJvm) {
            return false;
        }
    }

    private void startServers() {
        CompletableFuture<Void> broker = CompletableFuture.runAsync(kafka::start, this::newThread);
        try {
            postgres.start();
            broker.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    private void newThread(Runnable work) {
        Thread.ofPlatform().daemon().start(work);
    }

    private void addServices() {
        int cores = Runtime.getRuntime().availableProcessors();
        int equal = Math.max(1, cores / options.workers());
        String share = Integer.toString(options.threads() > 0 ? options.threads() : equal);
        add("scheduler", "scheduler", Jvm.LIGHT, FreePorts.next(), database());
        add("gateway", "gateway", Jvm.LIGHT, options.port(), database());
        for (int i = 1; i <= options.workers(); i++) {
            add("layer-worker-" + i, "layer-worker", Jvm.COMPUTE, FreePorts.next(), engine(share));
        }
        String all = Integer.toString(cores);
        add("evaluator-1", "evaluator", Jvm.COMPUTE, FreePorts.next(), engine(all));
    }

    private void add(
            String name, String module, Jvm jvm, int port, Map<String, String> environment) {
        Map<String, String> settings = new HashMap<>(environment);
        settings.put("SPARSEMESH_KAFKA_BOOTSTRAP", kafka.bootstrapServers());
        settings.put("SPARSEMESH_STORE", options.store().toString());
        settings.put("SPARSEMESH_STORE_DURABLE", Boolean.toString(options.durable()));
        settings.put("SPARSEMESH_ROOTS", roots());
        settings.put("SPARSEMESH_AUTH", "off");
        settings.put("SPARSEMESH_CACHE", options.cache().toString());
        settings.put("SPARSEMESH_BUCKETS", String.join(",", options.buckets()));
        services.add(
                new ServiceMember(
                        name,
                        installation.application(module),
                        jvm,
                        new ServiceMember.Ports(port, FreePorts.next()),
                        settings,
                        options));
    }

    private Map<String, String> database() {
        return Map.of(
                "SPARSEMESH_DB_URL", postgres.server().jdbcUrl(),
                "SPARSEMESH_DB_USER", postgres.server().user(),
                "SPARSEMESH_DB_PASSWORD", postgres.server().password());
    }

    private static Map<String, String> engine(String threads) {
        String device = System.getenv().getOrDefault("SPARSEMESH_DEVICE", "cpu");
        return Map.of("SPARSEMESH_THREADS", threads, "SPARSEMESH_DEVICE", device);
    }

    private String roots() {
        List<Path> roots = new ArrayList<>(options.roots());
        roots.add(options.output());
        return roots.stream()
                .map(root -> root.toAbsolutePath().normalize().toString())
                .distinct()
                .collect(Collectors.joining(","));
    }

    private void awaitReady() {
        Instant end = Instant.now().plus(START_LIMIT);
        List<ServiceMember> waiting = new ArrayList<>(services);
        while (!waiting.isEmpty()) {
            for (ServiceMember service : waiting) {
                if (!service.process().isAlive()) {
                    throw failure(service, "ended before it was ready");
                }
            }
            waiting.removeIf(ServiceMember::isReady);
            if (!waiting.isEmpty() && Instant.now().isAfter(end)) {
                throw failure(
                        waiting.getFirst(),
                        "was not ready within " + START_LIMIT.toSeconds() + " s");
            }
            pause();
        }
    }

    private static IllegalStateException failure(ServiceMember service, String what) {
        return new IllegalStateException(
                "%s %s; the end of its log, %s:\n%s"
                        .formatted(
                                service.name(),
                                what,
                                service.process().log(),
                                service.process().logTail(10)));
    }

    private static void pause() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the mesh starts", e);
        }
    }
}
