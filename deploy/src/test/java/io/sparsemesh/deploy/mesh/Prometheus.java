package io.sparsemesh.deploy.mesh;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparsemesh.embedded.ChildProcess;
import io.sparsemesh.embedded.FreePorts;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// A Prometheus on loopback that scrapes the services of a mesh every second, with the project's
/// rules.
final class Prometheus implements AutoCloseable {

    static final Path PROGRAM = Path.of("/usr/bin/prometheus");
    static final Path RULES = TestMesh.ROOT.resolve("deploy/prometheus/rules.yml");

    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http = HttpClient.newHttpClient();
    private final URI api;
    private final ChildProcess process;

    private Prometheus(int port, ChildProcess process) {
        this.api = URI.create("http://127.0.0.1:" + port + "/api/v1/");
        this.process = process;
    }

    /// @param ports the services' management ports, by service
    static Prometheus start(Path folder, Map<String, Integer> ports) throws IOException {
        Path config = Files.writeString(folder.resolve("prometheus.yml"), config(ports));
        int port = FreePorts.next();
        return new Prometheus(
                port,
                ChildProcess.start(
                        "prometheus",
                        List.of(
                                PROGRAM.toString(),
                                "--config.file=" + config,
                                "--storage.tsdb.path=" + folder.resolve("prometheus"),
                                "--web.listen-address=127.0.0.1:" + port,
                                "--log.level=warn"),
                        Map.of(),
                        folder,
                        folder.resolve("prometheus.log")));
    }

    private static String config(Map<String, Integer> ports) {
        String targets =
                ports.entrySet().stream()
                        .map(
                                service ->
                                        """
                                              - targets: ["127.0.0.1:%d"]
                                                labels: {service: %s}
                                        """
                                                .formatted(service.getValue(), service.getKey()))
                        .collect(Collectors.joining());
        return """
               global: {scrape_interval: 1s, evaluation_interval: 1s}
               rule_files: ["%s"]
               scrape_configs:
                 - job_name: sparsemesh
                   metrics_path: /q/metrics
                   static_configs:
               %s"""
                .formatted(RULES, targets.indent(2));
    }

    /// What a query gives now: a list of series.
    JsonNode query(String expression) throws Exception {
        return get("query?query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8))
                .path("result");
    }

    /// Every rule, with its health.
    List<JsonNode> rules() throws Exception {
        return get("rules").path("groups").findParents("evaluationTime").stream()
                .filter(found -> found.has("health"))
                .toList();
    }

    private JsonNode get(String path) throws Exception {
        HttpRequest request =
                HttpRequest.newBuilder(api.resolve(path)).timeout(Duration.ofSeconds(10)).build();
        JsonNode answer =
                JSON.readTree(http.send(request, HttpResponse.BodyHandlers.ofString()).body());
        if (!answer.path("status").asText().equals("success")) {
            throw new IllegalStateException(path + ": " + answer);
        }
        return answer.path("data");
    }

    String log() {
        return process.logTail(20);
    }

    @Override
    public void close() {
        http.close();
        process.kill();
    }
}
