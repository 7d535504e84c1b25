package io.sparsemesh.deploy.mesh;

import io.sparsemesh.embedded.ChildProcess;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// One of Sparsemesh's services: a Quarkus application in a JVM of its own. It keeps its ports
/// over its lives; its worker name tells the lives apart.
final class ServiceMember implements Member {
    private static final int PROBE_MILLIS = 1000;

    private final String name;
    private final Path application;
    private final Jvm jvm;
    private final Ports ports;
    private final Map<String, String> environment;
    private final Path dataDir;
    private final Path log;
    private final Duration grace;
    private int lives;
    private volatile ChildProcess process;

    /// @param http where it serves
    /// @param management where it tells its health
    record Ports(int http, int management) {}

    ServiceMember(
            String name,
            Path application,
            Jvm jvm,
            Ports ports,
            Map<String, String> environment,
            MeshOptions options) {
        this.name = name;
        this.application = application;
        this.jvm = jvm;
        this.ports = ports;
        this.environment = Map.copyOf(environment);
        this.dataDir = options.dataDir();
        this.grace = options.grace();
        this.log = options.logs().resolve(name + ".log");
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void start() {
        lives++;
        Map<String, String> settings = new HashMap<>(environment);
        settings.put("SPARSEMESH_PORT", Integer.toString(ports.http()));
        settings.put("SPARSEMESH_MANAGEMENT_PORT", Integer.toString(ports.management()));
        settings.put("SPARSEMESH_WORKER_NAME", lives == 1 ? name : name + "." + lives);
        settings.put("MALLOC_ARENA_MAX", "2");
        process = ChildProcess.start(name, command(), settings, dataDir, log);
    }

    private List<String> command() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvm.flags());
        command.add("-jar");
        command.add(application.resolve("quarkus-run.jar").toString());
        return command;
    }

    @Override
    public boolean isReady() {
        URI health = URI.create("http://127.0.0.1:" + ports.management() + "/q/health/ready");
        try {
            HttpURLConnection probe = (HttpURLConnection) health.toURL().openConnection();
            probe.setConnectTimeout(PROBE_MILLIS);
            probe.setReadTimeout(PROBE_MILLIS);
            try {
                return probe.getResponseCode() == 200;
            } finally {
                probe.disconnect();
            }
        } catch (IOException notYet) {
            return false;
        }
    }

    String metrics() {
        URI metrics = URI.create("http://127.0.0.1:" + ports.management() + "/q/metrics");
        try (InputStream body = metrics.toURL().openStream()) {
            return new String(body.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(name + ": no metrics", e);
        }
    }

    @Override
    public ChildProcess process() {
        if (process == null) {
            throw new IllegalStateException(name + " was not started");
        }
        return process;
    }

    @Override
    public void stop() {
        if (process != null) {
            process.stop(grace);
        }
    }
}
