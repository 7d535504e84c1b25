package io.sparsemesh.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;

/// One Kafka broker (KRaft, broker and controller in one) in a JVM of its own, on 127.0.0.1.
/// Its data stay in a directory and survive {@link #kill} and {@link #restart}.
public final class LocalKafka implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final String CLUSTER_ID = "c3BhcnNlbWVzaC1sb2NhbA";

    private final Path dataDir;
    private final int port;
    private final Map<String, String> overrides;
    private ChildProcess process;

    private LocalKafka(Path dataDir, int port, Map<String, String> overrides) {
        this.dataDir = dataDir.toAbsolutePath();
        this.port = port;
        this.overrides = Map.copyOf(overrides);
    }

    /// Starts a broker and returns when it answers.
    ///
    /// @param dataDir directory of its data, settings and `kafka.log`; created and formatted
    ///     if new
    /// @param port port of 127.0.0.1 it listens on
    /// @param overrides broker settings that replace those of {@link BrokerSettings}
    /// @throws IllegalStateException if it does not answer within 60 s; the message has the
    ///     log's end
    public static LocalKafka start(Path dataDir, int port, Map<String, String> overrides) {
        LocalKafka kafka = new LocalKafka(dataDir, port, overrides);
        kafka.launch();
        return kafka;
    }

    /// Starts a broker on a free port with the usual settings.
    public static LocalKafka start(Path dataDir) {
        return start(dataDir, FreePorts.next(), Map.of());
    }

    /// What an authorizer denied, if the broker has one: lines of its log.
    public List<String> denials() throws IOException {
        try (Stream<String> lines = Files.lines(dataDir.resolve("kafka.log"))) {
            return lines.filter(line -> line.contains(" is Denied ")).toList();
        }
    }

    public String bootstrapServers() {
        return "127.0.0.1:" + port;
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /// The process, for whoever supervises it.
    public ChildProcess process() {
        return process;
    }

    /// SIGKILL: the broker gets no chance to write anything.
    public void kill() {
        process.kill();
    }

    /// Stops the broker if it runs and starts it on the same port and data.
    public void restart() {
        close();
        launch();
    }

    /// SIGTERM, and SIGKILL if it has not ended after ten seconds.
    @Override
    public void close() {
        process.close();
    }

    private void launch() {
        Path logs = dataDir.resolve("log");
        Path settings = dataDir.resolve("server.properties");
        write(settings, BrokerSettings.of(port, FreePorts.next(), logs, overrides));
        List<String> command =
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xms64m",
                        "-Xmx256m",
                        "-Xss512k",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Xshare:auto",
                        "--enable-native-access=ALL-UNNAMED",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                        "-Dorg.slf4j.simpleLogger.log.kafka.server=info",
                        "-Dorg.slf4j.simpleLogger.log.kafka.authorizer.logger=info",
                        "-Dorg.slf4j.simpleLogger.showDateTime=true",
                        "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSS",
                        "-cp",
                        ServerFiles.load().brokerClassPath(),
                        BrokerMain.class.getName(),
                        settings.toString(),
                        logs.toString(),
                        CLUSTER_ID);
        process =
                ChildProcess.start(
                        "Kafka", command, Map.of(), dataDir, dataDir.resolve("kafka.log"));
        Readiness.await(process, START_LIMIT, this::listens);
        Readiness.await(process, START_LIMIT, this::answers);
    }

    private void write(Path file, Properties properties) {
        try {
            Files.createDirectories(dataDir);
            try (Writer out = Files.newBufferedWriter(file)) {
                properties.store(out, null);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file, e);
        }
    }

    private boolean listens() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    private boolean answers() {
        Map<String, Object> config =
                Map.of(
                        AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrapServers(),
                        AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
                        5000,
                        AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                        10_000);
        try (Admin admin = Admin.create(config)) {
            return !admin.describeCluster().nodes().get(10, TimeUnit.SECONDS).isEmpty();
        } catch (ExecutionException | TimeoutException notYet) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
