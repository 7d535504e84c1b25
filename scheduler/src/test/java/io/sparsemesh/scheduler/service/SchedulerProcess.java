package io.sparsemesh.scheduler.service;

import io.sparsemesh.embedded.ChildProcess;
import io.sparsemesh.embedded.FreePorts;
import io.sparsemesh.embedded.LocalKafka;
import io.sparsemesh.embedded.LocalPostgres;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/// The packaged scheduler as a process of its own, with a look into its database.
final class SchedulerProcess implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final LocalKafka broker;
    private final LocalPostgres database;
    private final Path folder;
    private final Map<String, String> settings;
    private final int management = FreePorts.next();
    private final Path log;
    private ChildProcess process;

    /// @param test names the log in `target`
    /// @param settings environment besides the servers' addresses
    SchedulerProcess(
            Class<?> test,
            LocalKafka broker,
            LocalPostgres database,
            Path folder,
            Map<String, String> settings) {
        this(test.getSimpleName(), broker, database, folder, settings);
    }

    /// @param name of the log in `target`
    SchedulerProcess(
            String name,
            LocalKafka broker,
            LocalPostgres database,
            Path folder,
            Map<String, String> settings) {
        this.broker = broker;
        this.database = database;
        this.folder = folder;
        this.settings = settings;
        this.log = Path.of("target", name + ".log").toAbsolutePath();
    }

    Path store() {
        return folder.resolve("store");
    }

    void start() {
        Map<String, String> environment = new HashMap<>(settings);
        environment.put("SPARSEMESH_KAFKA_BOOTSTRAP", broker.bootstrapServers());
        environment.put("SPARSEMESH_DB_URL", database.jdbcUrl());
        environment.put("SPARSEMESH_DB_USER", database.user());
        environment.put("SPARSEMESH_DB_PASSWORD", database.password());
        environment.put("SPARSEMESH_STORE", store().toString());
        environment.put("SPARSEMESH_PORT", Integer.toString(FreePorts.next()));
        environment.put("SPARSEMESH_MANAGEMENT_PORT", Integer.toString(management));
        process =
                ChildProcess.start(
                        "scheduler",
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UseSerialGC",
                                "-Xmx256m",
                                "-jar",
                                Path.of("target/quarkus-app/quarkus-run.jar")
                                        .toAbsolutePath()
                                        .toString()),
                        environment,
                        folder,
                        log);
    }

    void kill() {
        process.kill();
    }

    /// Tells it to end, and waits for that.
    void terminate() {
        process.stop(Duration.ofSeconds(30));
    }

    boolean isReady() throws IOException, InterruptedException {
        return get("/q/health/ready").statusCode() == 200;
    }

    boolean isLive() throws IOException, InterruptedException {
        return get("/q/health/live").statusCode() == 200;
    }

    /// What the management port answers.
    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            URI uri = URI.create("http://127.0.0.1:%d%s".formatted(management, path));
            HttpRequest request = HttpRequest.newBuilder(uri).build();
            return client.send(request, HttpResponse.BodyHandlers.ofString());
        }
    }

    /// First column of the first row, empty if there is none.
    String one(String query) throws SQLException {
        try (Connection connection =
                        DriverManager.getConnection(
                                database.jdbcUrl(), database.user(), database.password());
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(query)) {
            return result.next() ? result.getString(1) : "";
        }
    }

    /// Waits for `condition`; what it throws while a server is away counts as not yet.
    static void await(String what, Callable<Boolean> condition) throws InterruptedException {
        Instant end = Instant.now().plus(PATIENCE);
        Exception last = null;
        while (Instant.now().isBefore(end)) {
            try {
                if (condition.call()) {
                    return;
                }
            } catch (InterruptedException e) {
                throw e;
            } catch (Exception e) {
                last = e;
            }
            Thread.sleep(50);
        }
        throw new AssertionError("waited in vain until " + what, last);
    }

    /// Does not wait for an orderly end, which takes seconds.
    @Override
    public void close() {
        if (process != null) {
            process.kill();
        }
    }
}
