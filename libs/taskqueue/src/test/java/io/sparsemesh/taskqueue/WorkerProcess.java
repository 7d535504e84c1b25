package io.sparsemesh.taskqueue;

import io.sparsemesh.embedded.ChildProcess;
import io.sparsemesh.embedded.FreePorts;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// The packaged service of the module under test, in a process of its own.
public final class WorkerProcess implements AutoCloseable {

    private static final Path APPLICATION =
            Path.of("target", "quarkus-app", "quarkus-run.jar").toAbsolutePath();
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final ChildProcess process;
    private final int management;

    private WorkerProcess(ChildProcess process, int management) {
        this.process = process;
        this.management = management;
    }

    /// Starts the service and does not wait for it.
    ///
    /// @param name of the worker
    /// @param settings environment besides brokers, name and ports
    /// @param folder where it runs and logs
    public static WorkerProcess start(
            String name, String bootstrap, Map<String, String> settings, Path folder) {
        if (!Files.isRegularFile(APPLICATION)) {
            throw new IllegalStateException(APPLICATION + " is not there; package the module");
        }
        int management = FreePorts.next();
        Map<String, String> environment = new HashMap<>(settings);
        environment.put("SPARSEMESH_KAFKA_BOOTSTRAP", bootstrap);
        environment.put("SPARSEMESH_WORKER_NAME", name);
        environment.put("SPARSEMESH_PORT", Integer.toString(FreePorts.next()));
        environment.put("SPARSEMESH_MANAGEMENT_PORT", Integer.toString(management));
        List<String> command =
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "--add-modules=jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
                        "-jar",
                        APPLICATION.toString());
        Path log = folder.resolve(name + ".log");
        return new WorkerProcess(
                ChildProcess.start(name, command, environment, folder, log), management);
    }

    /// The exit status, once the process has ended by itself.
    public int awaitExit() throws Exception {
        return process.onExit().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    }

    /// SIGTERM; returns when the process has ended.
    public void stop() {
        process.close();
    }

    public String log() throws IOException {
        return Files.readString(process.log());
    }

    /// Waits until the management port answers 200.
    ///
    /// @param path such as `/q/health/ready`
    /// @return what it said
    public String awaitOk(String path) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + management + path);
        Instant end = Instant.now().plus(LIMIT);
        try (HttpClient client = HttpClient.newHttpClient()) {
            while (Instant.now().isBefore(end) && process.isAlive()) {
                try {
                    HttpResponse<String> answer =
                            client.send(
                                    HttpRequest.newBuilder(uri).build(),
                                    HttpResponse.BodyHandlers.ofString());
                    if (answer.statusCode() == 200) {
                        return answer.body();
                    }
                } catch (IOException notYet) {
                    // The process has not opened its port.
                }
                Thread.sleep(100);
            }
        }
        throw new AssertionError(uri + " never answered 200:\n" + process.logTail(30));
    }

    @Override
    public void close() {
        process.close();
    }
}
