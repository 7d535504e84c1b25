package io.sparsemesh.deploy.mesh;

import io.sparsemesh.embedded.ChildProcess;
import io.sparsemesh.embedded.FreePorts;
import io.sparsemesh.embedded.LocalKafka;
import io.sparsemesh.embedded.LocalPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// All processes of a mesh on this machine, each of which a test can kill, freeze and start again.
final class TestMesh implements AutoCloseable {

    /// The project's root: tests run in the module's folder.
    static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    /// Another version of the project, built, that processes are of until they are upgraded.
    private static final Path FIRST_ROOT =
            Path.of(System.getProperty("mesh.upgradedFrom", ROOT.toString()));

    private static final Duration START_LIMIT = Duration.ofMinutes(4);

    final LocalKafka kafka;
    final LocalPostgres postgres;
    final Service gateway;
    final Service scheduler;
    final List<Service> evaluators = new ArrayList<>();
    final List<Service> workers = new ArrayList<>();
    final MeshClient client;

    private final Path home;
    private final Map<String, String> settings;

    private TestMesh(Path home, List<Path> roots, Map<String, String> more, LocalKafka kafka)
            throws IOException {
        this.home = home;
        this.kafka = kafka;
        this.postgres = LocalPostgres.start(Files.createDirectories(home.resolve("postgres")));
        this.settings = new HashMap<>();
        this.settings.putAll(
                Map.of(
                        "SPARSEMESH_KAFKA_BOOTSTRAP", kafka.bootstrapServers(),
                        "SPARSEMESH_DB_URL", postgres.jdbcUrl(),
                        "SPARSEMESH_DB_USER", postgres.user(),
                        "SPARSEMESH_DB_PASSWORD", postgres.password(),
                        "SPARSEMESH_STORE", home.resolve("store").toString(),
                        "SPARSEMESH_DEVICE", "cpu",
                        "SPARSEMESH_AUTH", "off",
                        "SPARSEMESH_ROOTS",
                                String.join(
                                        ",",
                                        Stream.concat(Stream.of(home), roots.stream())
                                                .map(Path::toString)
                                                .toList())));
        this.settings.putAll(more);
        this.scheduler = new Service("scheduler", "scheduler", Map.of());
        this.gateway = new Service("gateway", "gateway", Map.of());
        this.client = new MeshClient(URI.create("http://127.0.0.1:" + gateway.port));
    }

    /// Starts everything and waits until all services are ready.
    ///
    /// @param home folder of data, logs and outputs
    /// @param evaluators how many, 0 or 1
    /// @param roots further folders that sources may lie in
    static TestMesh start(Path home, int workers, int evaluators, List<Path> roots)
            throws IOException {
        return start(home, workers, evaluators, roots, Map.of());
    }

    /// The same, with more settings for every process.
    static TestMesh start(
            Path home, int workers, int evaluators, List<Path> roots, Map<String, String> more)
            throws IOException {
        LocalKafka kafka = LocalKafka.start(Files.createDirectories(home.resolve("kafka")));
        return start(home, workers, evaluators, roots, more, kafka);
    }

    /// The same, at a broker that was started for it and is closed with it.
    static TestMesh start(
            Path home,
            int workers,
            int evaluators,
            List<Path> roots,
            Map<String, String> more,
            LocalKafka kafka)
            throws IOException {
        TestMesh mesh = new TestMesh(home, roots, more, kafka);
        try {
            mesh.scheduler.launch();
            mesh.gateway.launch();
            for (int i = 0; i < workers; i++) {
                mesh.addWorker();
            }
            for (int i = 0; i < evaluators; i++) {
                mesh.addEvaluator();
            }
            mesh.services().forEach(Service::awaitReady);
            return mesh;
        } catch (RuntimeException e) {
            mesh.close();
            throw e;
        }
    }

    /// Starts one more layer-worker, without waiting for it.
    Service addWorker() {
        return addWorker(Map.of());
    }

    /// The same, with more settings for the process, also when it is started again.
    Service addWorker(Map<String, String> extra) {
        Service worker = worker("layer-worker", "worker-" + (workers.size() + 1), extra);
        workers.add(worker);
        worker.launch();
        return worker;
    }

    /// Starts one more evaluator, without waiting for it.
    Service addEvaluator() {
        return addEvaluator(Map.of());
    }

    /// The same, with more settings for the process, also when it is started again.
    Service addEvaluator(Map<String, String> extra) {
        Service evaluator = worker("evaluator", "evaluator-" + (evaluators.size() + 1), extra);
        evaluators.add(evaluator);
        evaluator.launch();
        return evaluator;
    }

    Service worker(String name) {
        return workers.stream().filter(w -> w.name.equals(name)).findFirst().orElseThrow();
    }

    private Service worker(String module, String name, Map<String, String> extra) {
        Map<String, String> own = new HashMap<>(extra);
        own.put("SPARSEMESH_WORKER_NAME", name);
        own.put("SPARSEMESH_THREADS", "1");
        return new Service(module, name, own);
    }

    Stream<Service> services() {
        return Stream.of(List.of(scheduler, gateway), workers, evaluators).flatMap(List::stream);
    }

    @Override
    public void close() {
        services().forEach(Service::kill);
        postgres.kill();
        kafka.kill();
    }

    /// One process of the mesh.
    final class Service {
        final String name;
        final int port = FreePorts.next();
        final int managementPort = FreePorts.next();
        private final String module;
        private final Map<String, String> own;
        private Path root = FIRST_ROOT;
        private ChildProcess process;

        private Service(String module, String name, Map<String, String> own) {
            this.module = module;
            this.name = name;
            this.own = own;
        }

        void launch() {
            launch(Map.of());
        }

        /// @param extra settings for this run of the process only
        void launch(Map<String, String> extra) {
            Map<String, String> environment = new HashMap<>(settings);
            environment.putAll(own);
            environment.putAll(extra);
            environment.put("SPARSEMESH_PORT", Integer.toString(port));
            environment.put("SPARSEMESH_MANAGEMENT_PORT", Integer.toString(managementPort));
            Path jar = root.resolve(module).resolve("target/quarkus-app/quarkus-run.jar");
            if (!Files.isRegularFile(jar)) {
                throw new IllegalStateException("expected " + jar + ", found none: build it first");
            }
            process =
                    ChildProcess.start(
                            name,
                            List.of(
                                    Path.of(System.getProperty("java.home"), "bin/java").toString(),
                                    "--add-modules=jdk.incubator.vector",
                                    "-Xmx512m",
                                    "-XX:+UseSerialGC",
                                    "--enable-native-access=ALL-UNNAMED",
                                    "-jar",
                                    jar.toString()),
                            environment,
                            home,
                            home.resolve(name + ".log"));
        }

        /// SIGKILL.
        void kill() {
            if (process != null) {
                process.kill();
            }
        }

        /// SIGKILL, then starts the service again and waits until it is ready.
        void killAndRestart(Duration pause) throws InterruptedException {
            kill();
            Thread.sleep(pause);
            launch();
            awaitReady();
        }

        /// SIGTERM, and once it has ended starts it again and waits until it is ready.
        void terminateAndRestart(Duration pause) throws InterruptedException {
            terminateAndRestart(pause, Map.of());
        }

        /// The same, with more settings for this run of the process only.
        void terminateAndRestart(Duration pause, Map<String, String> extra)
                throws InterruptedException {
            process.stop(Duration.ofSeconds(20));
            Thread.sleep(pause);
            launch(extra);
            awaitReady();
        }

        /// Sends `STOP` or `CONT`.
        void signal(String signal) throws IOException, InterruptedException {
            int status =
                    new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                            .inheritIO()
                            .start()
                            .waitFor();
            if (status != 0) {
                throw new IOException("kill -" + signal + " " + name + ": status " + status);
            }
        }

        /// Every line that it has written.
        List<String> log() throws IOException {
            return Files.readAllLines(process.log());
        }

        /// From its next start on it is of the present version.
        void upgrade() {
            root = ROOT;
        }

        boolean isAlive() {
            return process.isAlive();
        }

        long pid() {
            return process.pid();
        }

        void awaitReady() {
            Instant end = Instant.now().plus(START_LIMIT);
            while (!isReady()) {
                if (Instant.now().isAfter(end) || !process.isAlive()) {
                    throw new IllegalStateException(
                            name + " is not ready; its log ends:\n" + process.logTail(40));
                }
                pause();
            }
        }

        private boolean isReady() {
            return isHealthy("ready");
        }

        /// What Kubernetes asks before it restarts a container.
        boolean isLive() {
            return isHealthy("live");
        }

        private boolean isHealthy(String probe) {
            URI uri = URI.create("http://127.0.0.1:" + managementPort + "/q/health/" + probe);
            try (HttpClient http = HttpClient.newHttpClient()) {
                HttpRequest request =
                        HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(5)).build();
                return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode()
                        == 200;
            } catch (IOException notYet) {
                return false;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted", e);
            }
        }

        private static void pause() {
            try {
                Thread.sleep(Duration.ofMillis(200));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted", e);
            }
        }
    }

    /// The end of every log, for a failed test.
    String logTails() {
        StringBuilder tails = new StringBuilder();
        try (Stream<Path> logs = Files.list(home)) {
            for (Path log : logs.filter(p -> p.toString().endsWith(".log")).sorted().toList()) {
                List<String> lines = Files.readAllLines(log);
                tails.append("\n--- ").append(log.getFileName()).append('\n');
                lines.subList(Math.max(0, lines.size() - 30), lines.size())
                        .forEach(line -> tails.append(line).append('\n'));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return tails.toString();
    }
}
