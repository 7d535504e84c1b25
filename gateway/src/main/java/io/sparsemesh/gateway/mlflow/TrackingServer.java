package io.sparsemesh.gateway.mlflow;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// A server of MLflow's REST API 2.0. Every method throws [MlflowException] when it refuses, or
/// cannot be reached.
final class TrackingServer implements AutoCloseable {

    static final ObjectMapper JSON = new ObjectMapper();

    private static final String MISSING = "RESOURCE_DOES_NOT_EXIST";
    private static final String THERE_ALREADY = "RESOURCE_ALREADY_EXISTS";
    private static final int LONGEST_MESSAGE = 300;

    private final String root;
    private final Optional<String> token;
    private final Duration timeout;
    private final HttpClient client;

    /// @param url with the path that the API lies under
    TrackingServer(URI url, Optional<String> token, Duration timeout) {
        this.root = url.toString().replaceAll("/+$", "") + "/api/2.0/mlflow/";
        this.token = token;
        this.timeout = timeout;
        this.client = HttpClient.newBuilder().connectTimeout(timeout).build();
    }

    /// The id of an experiment, which is made if there is none of that name.
    String experiment(String name) throws MlflowException, InterruptedException {
        Optional<JsonNode> found = find(name);
        if (found.isEmpty()) {
            try {
                return text(
                        post("experiments/create", JSON.createObjectNode().put("name", name)),
                        "/experiment_id");
            } catch (MlflowException e) {
                if (!e.code().equals(THERE_ALREADY)) {
                    throw e;
                }
                found = find(name);
            }
        }
        JsonNode experiment = found.orElseThrow(() -> missing(name));
        if (experiment.at("/experiment/lifecycle_stage").asText().equals("deleted")) {
            throw new MlflowException(
                    "experiment '%s': expected an active one, found it deleted".formatted(name),
                    "");
        }
        return text(experiment, "/experiment/experiment_id");
    }

    private static MlflowException missing(String name) {
        return new MlflowException(
                "experiment '%s': expected it after it was made, found none".formatted(name), "");
    }

    private Optional<JsonNode> find(String name) throws MlflowException, InterruptedException {
        String query = URLEncoder.encode(name, StandardCharsets.UTF_8);
        try {
            return Optional.of(
                    send("experiments/get-by-name?experiment_name=" + query, request -> {}));
        } catch (MlflowException e) {
            if (e.code().equals(MISSING)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /// The id of the run with a tag.
    Optional<String> findRun(String experiment, String tag, String value)
            throws MlflowException, InterruptedException {
        ObjectNode search = JSON.createObjectNode();
        search.putArray("experiment_ids").add(experiment);
        search.put("filter", "tags.%s = '%s'".formatted(tag, value));
        search.put("max_results", 1);
        JsonNode runs = post("runs/search", search).path("runs");
        return runs.isEmpty() ? Optional.empty() : Optional.of(text(runs.get(0), "/info/run_id"));
    }

    /// Begins a run.
    ///
    /// @return its id
    String createRun(String experiment, Run run, Map<String, String> tags)
            throws MlflowException, InterruptedException {
        ObjectNode create = JSON.createObjectNode();
        create.put("experiment_id", experiment);
        create.put("run_name", run.name());
        create.put("start_time", run.startedAt().toEpochMilli());
        pairs(create, "tags", tags.entrySet());
        return text(post("runs/create", create), "/run/info/run_id");
    }

    /// What was logged before stays the same.
    void logParams(String run, Iterable<Map.Entry<String, String>> params)
            throws MlflowException, InterruptedException {
        ObjectNode batch = JSON.createObjectNode().put("run_id", run);
        pairs(batch, "params", params);
        post("runs/log-batch", batch);
    }

    /// A point that was logged before, with the same time and step, is no second one.
    void logMetrics(String run, List<Run.Metric> metrics, long timestamp)
            throws MlflowException, InterruptedException {
        ObjectNode batch = JSON.createObjectNode().put("run_id", run);
        for (Run.Metric metric : metrics) {
            batch.withArray("metrics")
                    .addObject()
                    .put("key", metric.name())
                    .put("value", metric.value())
                    .put("timestamp", timestamp)
                    .put("step", metric.step());
        }
        post("runs/log-batch", batch);
    }

    void end(String run, Run.Status status, long at) throws MlflowException, InterruptedException {
        post(
                "runs/update",
                JSON.createObjectNode()
                        .put("run_id", run)
                        .put("status", status.name())
                        .put("end_time", at));
    }

    private static void pairs(
            ObjectNode body, String name, Iterable<Map.Entry<String, String>> pairs) {
        for (Map.Entry<String, String> pair : pairs) {
            body.withArray(name)
                    .addObject()
                    .put("key", pair.getKey())
                    .put("value", pair.getValue());
        }
    }

    private JsonNode post(String path, ObjectNode body)
            throws MlflowException, InterruptedException {
        String json = body.toString();
        return send(
                path,
                request ->
                        request.header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString(json)));
    }

    private JsonNode send(String path, Consumer<HttpRequest.Builder> how)
            throws MlflowException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(root + path)).timeout(timeout);
        token.ifPresent(t -> request.header("Authorization", "Bearer " + t));
        how.accept(request);
        String called = path.replaceAll("\\?.*", "");
        try {
            return answer(
                    called, client.send(request.build(), HttpResponse.BodyHandlers.ofString()));
        } catch (IOException e) {
            throw new MlflowException(called + ": expected an answer, found " + e, "");
        }
    }

    private static JsonNode answer(String called, HttpResponse<String> answer)
            throws MlflowException {
        Optional<JsonNode> body = parse(answer.body());
        if (answer.statusCode() == 200 && body.isPresent()) {
            return body.get();
        }
        String code = body.map(b -> b.path("error_code").asText()).orElse("");
        String message = body.map(b -> b.path("message").asText()).orElse("no JSON");
        String found = "%s: expected status 200 and JSON, found %d, %s";
        String why = (code + " " + message).strip();
        String text = found.formatted(called, answer.statusCode(), why);
        String shown = text.replaceAll("\\p{Cntrl}", " ");
        throw new MlflowException(
                shown.substring(0, Math.min(LONGEST_MESSAGE, shown.length())), code);
    }

    private static Optional<JsonNode> parse(String body) {
        try {
            return Optional.of(JSON.readTree(body)).filter(JsonNode::isObject);
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }

    private static String text(JsonNode answer, String pointer) throws MlflowException {
        String text = answer.at(pointer).asText();
        if (text.isEmpty()) {
            throw new MlflowException(
                    "expected %s in the answer, found none".formatted(pointer), "");
        }
        return text;
    }

    @Override
    public void close() {
        client.close();
    }
}
