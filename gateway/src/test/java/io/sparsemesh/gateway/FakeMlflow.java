package io.sparsemesh.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A tracking server with the part of MLflow's REST API that exports need, as strict as its
/// documentation: limits of requests, keys and values, parameters that never change, points that
/// are there once. `GET /state` tells all it has, `POST /fail?on=PATH&times=N&status=S` lets the
/// next calls of a path fail, `/delete-experiment?name=N` deletes
/// one, `/hide-once?name=N` denies it the next time.
public final class FakeMlflow implements AutoCloseable {

    static final String BASE = "/tracking";
    public static final String TOKEN = "a-token-of-mlflow";

    private static final String API = BASE + "/api/2.0/mlflow/";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern KEY = Pattern.compile("[\\w./: -]{1,250}");
    private static final Pattern FILTER = Pattern.compile("tags\\.(\\w+) = '([^']*)'");

    private final HttpServer server;
    private final Map<String, String> experiments = new LinkedHashMap<>();
    private final Set<String> deleted = new LinkedHashSet<>();
    private final Map<String, StoredRun> runs = new LinkedHashMap<>();
    private final List<String> calls = new ArrayList<>();
    private String failing = "";
    private String hidden = "";
    private int times;
    private int status;

    private static final class StoredRun {
        String experiment;
        String name;
        String status = "RUNNING";
        long start;
        long end;
        final Map<String, String> tags = new TreeMap<>();
        final Map<String, String> params = new TreeMap<>();
        final Set<String> metrics = new LinkedHashSet<>();
    }

    private static final class Refused extends RuntimeException {
        final int status;
        final String code;

        Refused(int status, String code, String message) {
            super(message);
            this.status = status;
            this.code = code;
        }
    }

    private FakeMlflow(HttpServer server) {
        this.server = server;
    }

    public static FakeMlflow start() {
        try {
            InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
            FakeMlflow fake = new FakeMlflow(HttpServer.create(any, 0));
            fake.server.createContext("/", fake::serve);
            fake.server.start();
            return fake;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public URI url() {
        return URI.create("http://127.0.0.1:%d%s/".formatted(server.getAddress().getPort(), BASE));
    }

    private void serve(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        int answered = 200;
        byte[] answer;
        try {
            answer = JSON.writeValueAsBytes(answer(exchange, body));
        } catch (Refused e) {
            answered = e.status;
            ObjectNode error = JSON.createObjectNode();
            error.put("error_code", e.code).put("message", e.getMessage());
            answer =
                    e.code.isEmpty()
                            ? "<html>".getBytes(StandardCharsets.US_ASCII)
                            : JSON.writeValueAsBytes(error);
        }
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(answered, answer.length);
        exchange.getResponseBody().write(answer);
        exchange.close();
    }

    private synchronized JsonNode answer(HttpExchange exchange, byte[] body) throws IOException {
        String path = exchange.getRequestURI().getPath();
        Map<String, String> query = query(exchange.getRequestURI());
        if (!path.startsWith(API)) {
            return control(path, query);
        }
        String call = path.substring(API.length());
        calls.add(call);
        String bearer = exchange.getRequestHeaders().getFirst("Authorization");
        if (!("Bearer " + TOKEN).equals(bearer)) {
            throw new Refused(401, "PERMISSION_DENIED", "who are you?");
        }
        if (call.equals(failing) && times > 0) {
            times--;
            throw new Refused(status, "", "as told");
        }
        JsonNode request = body.length == 0 ? JSON.createObjectNode() : JSON.readTree(body);
        return switch (call) {
            case "experiments/get-by-name" -> byName(query.get("experiment_name"));
            case "experiments/create" -> createExperiment(request.path("name").asText());
            case "runs/search" -> search(request);
            case "runs/create" -> createRun(request);
            case "runs/log-batch" -> logBatch(request);
            case "runs/update" -> update(request);
            default -> throw new Refused(404, "ENDPOINT_NOT_FOUND", call);
        };
    }

    private JsonNode control(String path, Map<String, String> query) {
        switch (path) {
            case "/fail" -> {
                failing = query.get("on");
                times = Integer.parseInt(query.get("times"));
                status = Integer.parseInt(query.get("status"));
            }
            case "/hide-once" -> hidden = query.get("name");
            case "/delete-experiment" -> deleted.add(query.get("name"));
            case "/state" -> {
                return state();
            }
            default -> throw new Refused(404, "ENDPOINT_NOT_FOUND", path);
        }
        return JSON.createObjectNode();
    }

    private static Map<String, String> query(URI uri) {
        Map<String, String> query = new TreeMap<>();
        for (String pair :
                uri.getRawQuery() == null ? new String[0] : uri.getRawQuery().split("&")) {
            String[] parts = pair.split("=", 2);
            query.put(parts[0], URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
        }
        return query;
    }

    private JsonNode byName(String name) {
        if (!experiments.containsKey(name) || hidden.equals(name)) {
            hidden = "";
            throw new Refused(404, "RESOURCE_DOES_NOT_EXIST", "no experiment " + name);
        }
        ObjectNode answer = JSON.createObjectNode();
        answer.putObject("experiment")
                .put("experiment_id", experiments.get(name))
                .put("name", name)
                .put("lifecycle_stage", deleted.contains(name) ? "deleted" : "active");
        return answer;
    }

    private JsonNode createExperiment(String name) {
        if (experiments.containsKey(name)) {
            throw new Refused(400, "RESOURCE_ALREADY_EXISTS", name);
        }
        experiments.put(name, Integer.toString(experiments.size() + 1));
        return JSON.createObjectNode().put("experiment_id", experiments.get(name));
    }

    private JsonNode search(JsonNode request) {
        Matcher filter = FILTER.matcher(request.path("filter").asText());
        if (!filter.matches()) {
            throw new Refused(400, "INVALID_PARAMETER_VALUE", "filter " + request.path("filter"));
        }
        String experiment = request.path("experiment_ids").path(0).asText();
        ObjectNode answer = JSON.createObjectNode();
        runs.forEach(
                (id, run) -> {
                    boolean tagged = filter.group(2).equals(run.tags.get(filter.group(1)));
                    if (tagged && run.experiment.equals(experiment)) {
                        answer.withArray("runs").addObject().putObject("info").put("run_id", id);
                    }
                });
        return answer;
    }

    private JsonNode createRun(JsonNode request) {
        StoredRun run = new StoredRun();
        run.experiment = request.path("experiment_id").asText();
        if (!experiments.containsValue(run.experiment)) {
            throw new Refused(404, "RESOURCE_DOES_NOT_EXIST", "no experiment " + run.experiment);
        }
        run.name = request.path("run_name").asText();
        run.start = request.path("start_time").asLong();
        pairs(request.path("tags"), 5000).forEach(run.tags::put);
        String id = "run" + runs.size();
        runs.put(id, run);
        ObjectNode answer = JSON.createObjectNode();
        answer.putObject("run").putObject("info").put("run_id", id);
        return answer;
    }

    private static Map<String, String> pairs(JsonNode list, int longest) {
        Map<String, String> pairs = new LinkedHashMap<>();
        for (JsonNode pair : list) {
            String key = key(pair);
            String value = pair.path("value").asText();
            if (value.length() > longest) {
                throw new Refused(400, "INVALID_PARAMETER_VALUE", key + " is too long");
            }
            pairs.put(key, value);
        }
        return pairs;
    }

    private static String key(JsonNode pair) {
        String key = pair.path("key").asText();
        boolean plain = !key.startsWith("/") && !key.contains("//") && !key.contains("..");
        if (!KEY.matcher(key).matches() || !plain) {
            throw new Refused(400, "INVALID_PARAMETER_VALUE", "Invalid name '" + key + "'");
        }
        return key;
    }

    private StoredRun run(JsonNode request) {
        StoredRun run = runs.get(request.path("run_id").asText());
        if (run == null) {
            throw new Refused(404, "RESOURCE_DOES_NOT_EXIST", "no run " + request.path("run_id"));
        }
        return run;
    }

    private JsonNode logBatch(JsonNode request) {
        StoredRun run = run(request);
        if (request.path("params").size() > 100 || request.path("metrics").size() > 1000) {
            throw new Refused(400, "INVALID_PARAMETER_VALUE", "too many in one batch");
        }
        pairs(request.path("params"), 500)
                .forEach(
                        (key, value) -> {
                            String before = run.params.putIfAbsent(key, value);
                            if (before != null && !before.equals(value)) {
                                throw new Refused(400, "INVALID_PARAMETER_VALUE", key);
                            }
                        });
        for (JsonNode metric : request.path("metrics")) {
            String point = "%s@%s=%s t%s";
            run.metrics.add(
                    point.formatted(
                            key(metric),
                            metric.path("step").asLong(),
                            metric.path("value").asText(),
                            metric.path("timestamp").asLong()));
        }
        return JSON.createObjectNode();
    }

    private JsonNode update(JsonNode request) {
        StoredRun run = run(request);
        run.status = request.path("status").asText();
        run.end = request.path("end_time").asLong();
        return JSON.createObjectNode();
    }

    /// Points of a run.
    public synchronized int metrics(String run) {
        return runs.get(run).metrics.size();
    }

    private JsonNode state() {
        ObjectNode state = JSON.createObjectNode();
        state.putPOJO("experiments", experiments);
        state.putPOJO("calls", calls);
        ArrayNode all = state.putArray("runs");
        runs.forEach(
                (id, run) -> {
                    ObjectNode shown = all.addObject();
                    shown.put("id", id).put("name", run.name).put("status", run.status);
                    shown.put("experiment", run.experiment);
                    shown.put("start", run.start).put("end", run.end);
                    shown.putPOJO("tags", run.tags).putPOJO("params", run.params);
                    shown.putPOJO("metrics", run.metrics);
                });
        return state;
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
