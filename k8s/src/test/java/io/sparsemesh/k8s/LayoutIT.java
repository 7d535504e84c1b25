package io.sparsemesh.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.embedded.ChildProcess;
import io.sparsemesh.embedded.FreePorts;
import io.sparsemesh.embedded.LocalPostgres;
import io.sparsemesh.embedded.s3.LocalS3;
import io.sparsemesh.k8s.Manifests.Container;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/// The services in the file layout of their images, with the environment that the chart gives them,
/// at a broker that lets each do what the chart's KafkaUsers say and nothing else. Skipped where
/// this is not root, or may not mount.
final class LayoutIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(150);
    private static final String ROOT_KEY = "0123456789abcdef0123456789abcdef";
    private static final String BUCKET = "mesh";

    @TempDir(cleanup = CleanupMode.ALWAYS)
    Path folder;

    private final HttpClient http = HttpClient.newHttpClient();
    private final Map<String, ChildProcess> running = new LinkedHashMap<>();
    private final Map<String, Integer> ports = new HashMap<>();
    private Manifests chart = Manifests.of(Chart.render(ChartTest.KIND));
    private Map<Path, String> volumes;
    private LocalPostgres postgres;
    private LocalS3 s3;

    @BeforeEach
    void open() throws Exception {
        String obstacle = Layout.obstacle();
        assumeTrue(obstacle.isEmpty(), obstacle);
        Path data = Layout.volume(folder.resolve("data"));
        for (String file : List.of("calibration.txt", "test.txt")) {
            Files.copy(Repository.path("deploy/demo/" + file), data.resolve(file));
        }
        Path model = Files.createDirectory(data.resolve("model"));
        for (Path file : Repository.files("deploy/demo/valley-opt", "json", "safetensors")) {
            Files.copy(file, model.resolve(file.getFileName()));
        }
        volumes = Map.of(Layout.volume(folder.resolve("store")), "/store", data, "/data");
    }

    @AfterEach
    void close() {
        running.values().forEach(ChildProcess::kill);
        http.close();
        if (postgres != null) {
            postgres.close();
        }
        if (s3 != null) {
            s3.close();
        }
    }

    /// And the Secret with its authority, as Strimzi makes one.
    private NamedBroker broker() throws Exception {
        NamedBroker broker =
                NamedBroker.start(folder.resolve("kafka"), chart.kind("KafkaUser").toList());
        Path authority = Files.createDirectory(folder.resolve("kafka-ca"));
        Files.writeString(authority.resolve("ca.crt"), broker.certificate());
        return broker;
    }

    /// First who makes the topics: of one that is not there, the broker says "not authorized", and
    /// the others ask again.
    private void startAll(NamedBroker broker) throws Exception {
        start(container("scheduler"), "scheduler", broker.login("scheduler"));
        await("the scheduler is ready", () -> probe("scheduler", "readinessProbe") == 200);
        for (String service : List.of("gateway", "layer-worker", "evaluator")) {
            start(container(service), service, broker.login(service));
        }
        for (String service : Services.ALL) {
            await(service + " is ready", () -> probe(service, "readinessProbe") == 200);
        }
    }

    private String succeed(NamedBroker broker, String token, String output) throws Exception {
        String job = submit(token, output);
        await("the job ends", () -> !state(token, job).matches(UNDERWAY));
        assertThat(state(token, job)).isEqualTo("SUCCEEDED");
        assertThat(broker.denials()).isEmpty();
        return job;
    }

    /// The scheduler tells workers by `sparsemesh.control` which tasks are none any more.
    private void cancel(NamedBroker broker, String token) throws Exception {
        String job = submit(token, "file:///data/cancelled");
        await("the job has tasks", () -> state(token, job).equals("PRUNING"));
        assertThat(ask(token, "/v1/jobs/%s:cancel".formatted(job), "{}").statusCode())
                .isEqualTo(202);
        await("the job is cancelled", () -> state(token, job).equals("CANCELLED"));
        assertThat(broker.denials()).isEmpty();
    }

    private void secretsAreInNoLog() throws IOException {
        List<String> secrets =
                Stream.concat(
                                NamedBroker.secrets(),
                                Stream.of(ROOT_KEY, postgres.password(), LocalS3.SECRET_KEY))
                        .toList();
        for (ChildProcess process : running.values()) {
            assertThat(Files.readString(process.log(), StandardCharsets.ISO_8859_1))
                    .as("%s", process.log())
                    .isNotEmpty()
                    .doesNotContain(secrets);
        }
    }

    @Test
    void aJobRunsAsTheChartAndTheImagesHaveIt() throws Exception {
        postgres = LocalPostgres.start(folder.resolve("postgres"));
        try (NamedBroker broker = broker()) {
            // The job of the migrations needs no broker.
            for (Container migration : chart.workload("migrations").containers().toList()) {
                ChildProcess done = start(migration, "migrate", Map.of());
                assertThat(done.onExit().get(90, TimeUnit.SECONDS))
                        .as("%s", done.logTail(20))
                        .isZero();
            }

            startAll(broker);
            for (String service : Services.ALL) {
                assertThat(probe(service, "livenessProbe")).isEqualTo(200);
                assertThat(probe(service, "startupProbe")).isEqualTo(200);
                assertThat(get(service, "/q/health/live").body())
                        .as("no word of Kafka's channels")
                        .doesNotContain("[OK]");
                assertThat(get(service, "/q/metrics").body()).contains("jvm_memory_used_bytes");
            }
            assertThat(scaling()).isZero();

            String token = key();
            succeed(broker, token, "file:///data/out");
            Path output = folder.resolve("data/out/model.safetensors");
            assertThat(Files.getAttribute(output, "unix:uid")).isEqualTo(10001);
            cancel(broker, token);
            rightsAreThoseOfTheTask(broker);

            // SIGTERM: a worker that has nothing to do leaves at once.
            ChildProcess worker = running.get("layer-worker");
            worker.stop(Duration.ofSeconds(30));
            assertThat(worker.onExit().get(1, TimeUnit.SECONDS)).isEqualTo(143);
            secretsAreInNoLog();
        }
    }

    /// No folder in common but that of texts and model, and to each service the credentials that
    /// the chart gives it.
    @Test
    void aJobRunsWithItsArtifactsAndItsOutputInS3() throws Exception {
        s3 = LocalS3.start(folder.resolve("s3"), BUCKET);
        chart = Manifests.of(Chart.render(ChartTest.KIND, inS3()));
        postgres = LocalPostgres.start(folder.resolve("postgres"));
        try (NamedBroker broker = broker()) {
            startAll(broker);
            String token = key();

            String job = succeed(broker, token, "s3://mesh/out");

            HttpResponse<String> sent =
                    ask(token, "/v1/jobs/%s/artifacts/config.json".formatted(job), "");
            assertThat(sent.statusCode()).isEqualTo(307);
            String address = sent.headers().firstValue("Location").orElseThrow();
            assertThat(address).startsWith(s3.endpoint() + "/mesh/out/config.json?");
            assertThat(read(address)).isEqualTo(read(Repository.path("deploy/demo/valley-opt")));
            assertThat(folder.resolve("scheduler-scheduler/store-cache/objects"))
                    .isNotEmptyDirectory();
            assertThat(folder.resolve("layer-worker-layer-worker/store-cache/objects"))
                    .isNotEmptyDirectory();
            assertThat(folder.resolve("store")).isEmptyDirectory();
            secretsAreInNoLog();
        }
    }

    private Map<String, ?> inS3() {
        return Map.ofEntries(
                Map.entry("store.s3.bucket", BUCKET),
                Map.entry("store.s3.prefix", "artifacts"),
                Map.entry("sources.enabled", true),
                Map.entry("sources.buckets[0]", BUCKET),
                Map.entry("volumes.cache.shared", false),
                Map.entry("s3.endpoint", s3.endpoint().toString()),
                Map.entry("s3.region", LocalS3.REGION),
                Map.entry("s3.pathStyle", true),
                Map.entry("s3.existingSecrets.gateway", "s3"),
                Map.entry("s3.existingSecrets.scheduler", "s3"),
                Map.entry("s3.existingSecrets.layer-worker", "s3"),
                Map.entry("s3.existingSecrets.evaluator", "s3"));
    }

    private JsonNode read(String address) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(address)).build();
        HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    private static JsonNode read(Path model) throws IOException {
        return JSON.readTree(model.resolve("config.json").toFile());
    }

    /// Only the scheduler hands out tasks, and only workers say what became of them.
    private static void rightsAreThoseOfTheTask(NamedBroker broker) throws Exception {
        Set<String> said = Set.of(Topics.RESULTS, Topics.WORKERS, Topics.DEAD_LETTERS);
        assertThat(broker.topics("layer-worker", AclOperation.WRITE)).isEqualTo(said);
        assertThat(broker.topics("evaluator", AclOperation.WRITE)).isEqualTo(said);
        assertThat(broker.topics("layer-worker", AclOperation.READ))
                .containsExactlyInAnyOrder(Topics.LAYER_TASKS, Topics.CONTROL);
        assertThat(broker.topics("evaluator", AclOperation.READ))
                .containsExactlyInAnyOrder(Topics.EVALUATION_TASKS, Topics.CONTROL);
        assertThat(broker.topics("gateway", AclOperation.WRITE))
                .containsExactlyInAnyOrder(Topics.REQUESTS, Topics.DEAD_LETTERS);
        assertThat(broker.denials()).isEmpty();
        broker.send("layer-worker", Topics.DEAD_LETTERS);
        for (String service : List.of("layer-worker", "evaluator", "gateway")) {
            assertThatThrownBy(() -> broker.send(service, Topics.LAYER_TASKS))
                    .isInstanceOf(TopicAuthorizationException.class);
        }
        assertThat(broker.denials()).anyMatch(line -> line.contains("User:gateway is Denied"));
        assertThatThrownBy(() -> broker.send("layer-worker", "guessed", Topics.RESULTS))
                .isInstanceOf(SaslAuthenticationException.class);
    }

    private static final String UNDERWAY = "VALIDATING|QUEUED|PRUNING|ASSEMBLING|EVALUATING";

    @Test
    void nothingButTmpAndTheVolumesCanBeWritten() throws Exception {
        Layout layout = Layout.of("scheduler", folder.resolve("look"), volumes);
        String touch =
                "id -u; for f in / /opt/sparsemesh /opt/sparsemesh/lib /usr /etc /tmp /store; do"
                        + " touch $f/x 2>/dev/null && echo $f; done; true";
        Path log = folder.resolve("touch.log");

        ChildProcess done = layout.start(Map.of(), List.of("/bin/sh", "-c", touch), log);

        assertThat(done.onExit().get(30, TimeUnit.SECONDS)).isZero();
        assertThat(Files.readString(log).lines()).containsExactly("10001", "/tmp", "/store");
    }

    @Test
    void aWorkerWithoutItsStoreEndsAndSaysWhatItLacks() throws Exception {
        Layout layout = Layout.of("layer-worker", folder.resolve("lacking"), volumes);

        ChildProcess ended = layout.start(Map.of(), folder.resolve("lacking.log"));

        assertThat(ended.onExit().get(60, TimeUnit.SECONDS)).isEqualTo(1);
        assertThat(ended.logTail(200)).contains("SPARSEMESH_STORE");
    }

    private Container container(String service) {
        return chart.workload(service).containers().findFirst().orElseThrow();
    }

    private ChildProcess start(Container container, String role, Map<String, String> login)
            throws IOException {
        String name = container.node().path("name").asText();
        Path own = folder.resolve(role + "-" + name);
        Layout layout = Layout.of(container.service(), own, mounted(container, own));
        Map<String, String> environment = environment(container);
        environment.putAll(login);
        Path log = Path.of("target/LayoutIT-%s-%s.log".formatted(role, name)).toAbsolutePath();
        Files.deleteIfExists(log);
        ChildProcess process = layout.start(environment, log);
        running.put(role.equals("migrate") ? name : role, process);
        return process;
    }

    /// What the chart mounts: claims are shared by all that name them, other volumes a pod's own.
    private Map<Path, String> mounted(Container container, Path own) throws IOException {
        Map<Path, String> mounted = new HashMap<>();
        for (JsonNode mount : container.node().path("volumeMounts")) {
            String name = mount.path("name").asText();
            String place = mount.path("mountPath").asText();
            if (List.of("store", "data", "kafka-ca").contains(name)) {
                String mode = mount.path("readOnly").asBoolean() ? ":ro" : "";
                mounted.put(folder.resolve(name), place + mode);
            } else if (List.of("store-cache", "cache").contains(name)) {
                mounted.put(Layout.volume(own.resolve(name)), place);
            }
        }
        return mounted;
    }

    /// As the chart says, with this machine's addresses and the secrets that it refers to.
    private Map<String, String> environment(Container container) {
        Map<String, String> secrets =
                Map.of(
                        "SPARSEMESH_DB_USER",
                        postgres.user(),
                        "SPARSEMESH_DB_PASSWORD",
                        postgres.password(),
                        "SPARSEMESH_ROOT_KEY",
                        ROOT_KEY,
                        "AWS_ACCESS_KEY_ID",
                        LocalS3.ACCESS_KEY,
                        "AWS_SECRET_ACCESS_KEY",
                        LocalS3.SECRET_KEY,
                        "KAFKA_SASL_JAAS_CONFIG",
                        "");
        Map<String, String> environment = new HashMap<>();
        container
                .env()
                .forEach(
                        variable -> {
                            String name = variable.path("name").asText();
                            environment.put(
                                    name,
                                    variable.has("value")
                                            ? variable.path("value").asText()
                                            : secrets.get(name));
                        });
        environment.replace("SPARSEMESH_DB_URL", postgres.jdbcUrl());
        environment.replace("SPARSEMESH_HOST", "127.0.0.1");
        environment.replace("SPARSEMESH_MANAGEMENT_HOST", "127.0.0.1");
        for (String port : List.of("SPARSEMESH_PORT", "SPARSEMESH_MANAGEMENT_PORT")) {
            if (environment.containsKey(port)) {
                int free = FreePorts.next();
                environment.put(port, Integer.toString(free));
                ports.put(container.service() + " " + port, free);
            }
        }
        environment.putIfAbsent("SPARSEMESH_PORT", Integer.toString(FreePorts.next()));
        // Shares of the memory that a small container would have.
        environment.put("JAVA_TOOL_OPTIONS", "-XX:MaxRAM=1g");
        return environment;
    }

    private HttpResponse<String> get(String service, String path)
            throws IOException, InterruptedException {
        int port = ports.get(service + " SPARSEMESH_MANAGEMENT_PORT");
        return http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /// Asks what the chart's probe asks.
    private int probe(String service, String probe) throws IOException, InterruptedException {
        assertThat(running.get(service).isAlive())
                .as("%s: %s", service, running.get(service).logTail(30))
                .isTrue();
        String path = container(service).node().path(probe).at("/httpGet/path").asText();
        return get(service, path).statusCode();
    }

    /// Asks what the chart's ScaledObject asks.
    private int scaling() throws IOException, InterruptedException {
        JsonNode trigger =
                chart.get("ScaledObject", "sparsemesh-layer-worker")
                        .at("/spec/triggers/0/metadata");
        String path = URI.create(trigger.path("url").asText()).getPath();
        return JSON.readTree(get("scheduler", path).body())
                .required(trigger.path("valueLocation").asText())
                .asInt();
    }

    private JsonNode call(String token, String path, String body)
            throws IOException, InterruptedException {
        HttpResponse<String> answer = ask(token, path, body);
        assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 299);
        return JSON.readTree(answer.body());
    }

    private HttpResponse<String> ask(String token, String path, String body)
            throws IOException, InterruptedException {
        URI uri =
                URI.create(
                        "http://127.0.0.1:%d%s"
                                .formatted(ports.get("gateway SPARSEMESH_PORT"), path));
        HttpRequest.Builder request =
                HttpRequest.newBuilder(uri)
                        .header("Authorization", "Bearer " + token)
                        .header("Content-Type", "application/json");
        if (!body.isEmpty()) {
            request.POST(HttpRequest.BodyPublishers.ofString(body));
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private String key() throws IOException, InterruptedException {
        return call(
                        ROOT_KEY,
                        "/v1/keys",
                        "{\"name\": \"it\", \"tenant\": \"a\", \"scopes\": [\"read\", \"write\"],"
                                + " \"expiresInDays\": 1}")
                .required("key")
                .asText();
    }

    private String submit(String token, String output) throws IOException, InterruptedException {
        return call(
                        token,
                        "/v1/jobs",
                        """
                        {"model":       {"uri": "file:///data/model"},
                         "method":      {"name": "sparsegpt", "pattern": "2:4", "lastBlock": 0},
                         "calibration": {"uri": "file:///data/calibration.txt", "samples": 4, "sequenceLength": 64},
                         "evaluation":  {"perplexity": [{"name": "test", "uri": "file:///data/test.txt",
                                                         "protocol": "gptq", "sequenceLength": 256}]},
                         "output":      {"uri": "%s"}}
                        """
                                .formatted(output))
                .required("id")
                .asText();
    }

    private String state(String token, String job) throws IOException, InterruptedException {
        return call(token, "/v1/jobs/" + job, "").required("state").asText();
    }

    private static void await(String what, Callable<Boolean> condition) throws Exception {
        Instant end = Instant.now().plus(PATIENCE);
        IOException last = null;
        while (Instant.now().isBefore(end)) {
            try {
                if (condition.call()) {
                    return;
                }
            } catch (IOException notYet) {
                last = notYet;
            }
            Thread.sleep(100);
        }
        throw new AssertionError("waited in vain until " + what, last);
    }
}
