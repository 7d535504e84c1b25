package io.sparsemesh.deploy.mesh;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/// Jobs of several kinds, each with the same bits however often it is run. A submission is repeated
/// under its `Idempotency-Key` until it is answered, so that what was accepted is known.
final class ChaosJobs {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final TestMesh mesh;
    private final Path home;
    private final List<Kind> kinds;
    private final HttpClient http = HttpClient.newHttpClient();

    /// @param request makes one that writes to a folder
    record Kind(String name, Function<Path, ObjectNode> request) {}

    /// A job that was accepted.
    record Accepted(String id, Kind kind, Path output) {}

    /// @param home with `model` and `ids.safetensors`
    ChaosJobs(TestMesh mesh, Path home) {
        this.mesh = mesh;
        this.home = home;
        this.kinds =
                List.of(
                        new Kind("sparsegpt-50", out -> measured(calibrated("0.5", out))),
                        new Kind("sparsegpt-2:4", out -> measured(calibrated("2:4", out))),
                        new Kind("magnitude-50", out -> measured(magnitude(out))),
                        new Kind("wanda-50", out -> named("wanda", calibrated("0.5", out))),
                        new Kind("dense-propagation", out -> dense(calibrated("0.5", out))));
    }

    List<Kind> kinds() {
        return kinds;
    }

    private ObjectNode calibrated(String target, Path output) {
        return JobJson.sparsegpt(
                home.resolve("model"), target, home.resolve("ids.safetensors"), 16, 256, output);
    }

    private ObjectNode magnitude(Path output) {
        return JobJson.magnitude(home.resolve("model"), "0.5", output);
    }

    private ObjectNode measured(ObjectNode request) {
        return JobJson.withPerplexity(request, home.resolve("ids.safetensors"), 256, false);
    }

    private static ObjectNode named(String method, ObjectNode request) {
        ((ObjectNode) request.get("method")).put("name", method);
        return request;
    }

    private static ObjectNode dense(ObjectNode request) {
        ((ObjectNode) request.get("method")).put("propagation", "dense");
        return request;
    }

    /// @param key of the submission, and name of the output folder
    Accepted submit(Kind kind, String key) throws InterruptedException {
        Instant end = Instant.now().plus(PATIENCE);
        String last = "";
        while (Instant.now().isBefore(end)) {
            try {
                return submitOnce(kind, key);
            } catch (IOException e) {
                last = e.toString();
            }
            Thread.sleep(Duration.ofMillis(200));
        }
        throw new AssertionError("submission %s: %s".formatted(key, last));
    }

    /// Asks once.
    ///
    /// @throws IOException if there is no answer, or one that may be another next time
    /// @throws AssertionError if the job is refused
    Accepted submitOnce(Kind kind, String key) throws IOException, InterruptedException {
        Path output = home.resolve("out-" + key);
        HttpResponse<String> answer = post(key, kind.request().apply(output).toString());
        String found = "expected 202, found " + answer.statusCode() + " " + answer.body();
        if (answer.statusCode() / 100 == 4) {
            throw new AssertionError("submission %s: %s".formatted(key, found));
        }
        if (answer.statusCode() != 202) {
            throw new IOException(found);
        }
        return new Accepted(JSON.readTree(answer.body()).path("id").asText(), kind, output);
    }

    /// Deletes a job, unless it has not ended, and its output.
    void delete(Accepted job) throws IOException, InterruptedException {
        Instant end = Instant.now().plus(PATIENCE);
        while (!isAnswered(job) && Instant.now().isBefore(end)) {
            Thread.sleep(Duration.ofMillis(200));
        }
        if (Files.isDirectory(job.output())) {
            try (Stream<Path> files = Files.walk(job.output())) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private boolean isAnswered(Accepted job) throws InterruptedException {
        try {
            return ask(job) / 100 != 5;
        } catch (IOException e) {
            return false;
        }
    }

    private int ask(Accepted job) throws IOException, InterruptedException {
        return http.send(
                        HttpRequest.newBuilder(place(job, ""))
                                .timeout(Duration.ofSeconds(20))
                                .DELETE()
                                .build(),
                        HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    /// Cancels a job, unless it has ended before, and has it done after all. Until the scheduler,
    /// which may be away, has heard of the retry, the job is told as cancelled.
    void cancelAndRetry(Accepted job) throws InterruptedException {
        act(job, ":cancel");
        if (isCancelled(mesh.client.await(job.id(), PATIENCE))) {
            act(job, ":retry");
            Instant end = Instant.now().plus(PATIENCE);
            while (isCancelled(mesh.client.job(job.id())) && Instant.now().isBefore(end)) {
                Thread.sleep(Duration.ofMillis(200));
            }
        }
    }

    private static boolean isCancelled(JsonNode job) {
        return job.path("state").asText().equals("CANCELLED");
    }

    /// Asks until there is an answer; that a job has ended, or is asked already, is one too.
    private void act(Accepted job, String action) throws InterruptedException {
        Instant end = Instant.now().plus(PATIENCE);
        while (Instant.now().isBefore(end)) {
            try {
                int status =
                        http.send(
                                        HttpRequest.newBuilder(place(job, action))
                                                .timeout(Duration.ofSeconds(20))
                                                .POST(HttpRequest.BodyPublishers.noBody())
                                                .build(),
                                        HttpResponse.BodyHandlers.discarding())
                                .statusCode();
                if (status / 100 != 5) {
                    return;
                }
            } catch (IOException e) {
                // The gateway is away.
            }
            Thread.sleep(Duration.ofMillis(200));
        }
        throw new AssertionError("%s%s was not answered".formatted(job.id(), action));
    }

    private URI place(Accepted job, String action) {
        return mesh.client.gateway().resolve("/v1/jobs/" + job.id() + action);
    }

    private HttpResponse<String> post(String key, String body)
            throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(mesh.client.gateway().resolve("/v1/jobs"))
                        .header("Content-Type", "application/json")
                        .header("Idempotency-Key", key)
                        .timeout(Duration.ofSeconds(20))
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }
}
