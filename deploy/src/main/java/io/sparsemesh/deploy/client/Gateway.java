package io.sparsemesh.deploy.client;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The gateway's REST API as JSON trees.
///
/// Every method throws [ProblemException] when the gateway refuses, and
/// [UnreachableException] when nobody answers.
public final class Gateway {
    public static final JsonMapper JSON = new JsonMapper();

    private static final Duration LIMIT = Duration.ofSeconds(60);

    /// Items of a page when all pages are read; the gateway gives 1000 at most.
    private static final int PAGE = 500;

    private final URI base;
    private final Optional<String> token;
    private final LongAnswers longAnswers;
    private final HttpClient http =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(Duration.ofSeconds(5))
                    .build();

    /// @param base such as `http://127.0.0.1:8080`
    /// @param token sent as bearer token, if any
    public Gateway(URI base, Optional<String> token) {
        this.base = URI.create(base.toString().replaceAll("/+$", ""));
        this.token = token;
        this.longAnswers = new LongAnswers(this.base, token);
    }

    public URI base() {
        return base;
    }

    /// The exception for a connection to this gateway that broke.
    public UnreachableException unreachable(IOException cause) {
        return new UnreachableException(base, cause);
    }

    /// Submits a job and returns it.
    public JsonNode submit(JsonNode request, Optional<String> idempotencyKey) {
        HttpRequest.Builder post = request("/v1/jobs").POST(body(request));
        idempotencyKey.ifPresent(key -> post.header("Idempotency-Key", key));
        return json(post);
    }

    /// Returns the plan of a job that is not submitted.
    public JsonNode validate(JsonNode request) {
        return json(request("/v1/jobs?validateOnly=true").POST(body(request)));
    }

    public JsonNode job(String id) {
        return get("/v1/jobs/" + encode(id));
    }

    /// Returns the job when its state changes, at the latest after `wait`.
    public JsonNode job(String id, Duration wait) {
        String path = "/v1/jobs/" + encode(id) + "?wait=" + wait.toSeconds() + "s";
        return json(request(path).timeout(wait.plus(LIMIT)).GET());
    }

    /// Returns all linears of a job.
    public List<JsonNode> layers(String id) {
        String path = "/v1/jobs/" + encode(id) + "/layers";
        return all(path, Map.of("pageSize", Integer.toString(PAGE)), Integer.MAX_VALUE);
    }

    /// Returns jobs, newest first, over as many pages as it takes.
    ///
    /// @param query filters, as the API names them
    /// @param limit as many at most
    public List<JsonNode> jobs(Map<String, String> query, int limit) {
        Map<String, String> pages = new LinkedHashMap<>(query);
        pages.put("pageSize", Integer.toString(Math.min(limit, PAGE)));
        return all("/v1/jobs", pages, limit);
    }

    /// Returns what was measured so far.
    public List<JsonNode> evaluations(String id) {
        return items(get("/v1/jobs/" + encode(id) + "/evaluations"));
    }

    /// Returns the files of a job's output with `name`, `size` and `sha256`; none before it has
    /// ended.
    public List<JsonNode> artifacts(String id) {
        return items(get("/v1/jobs/" + encode(id) + "/artifacts"));
    }

    /// Opens a file of a job's output.
    ///
    /// @param first byte to begin with
    /// @param sha256 digest that the file has to have; if it has another it comes from its first
    ///     byte
    public LongAnswers.Answer artifact(String id, String name, long first, String sha256) {
        String path = "/v1/jobs/" + encode(id) + "/artifacts/" + encodePath(name);
        Map<String, String> headers =
                first == 0
                        ? Map.of()
                        : Map.of("Range", "bytes=" + first + "-", "If-Range", '"' + sha256 + '"');
        return longAnswers.open(path, headers);
    }

    /// Forgets a job that has ended; its output stays.
    public void delete(String id) {
        json(request("/v1/jobs/" + encode(id)).DELETE());
    }

    public JsonNode cancel(String id) {
        return json(request("/v1/jobs/" + encode(id) + ":cancel").POST(nothing()));
    }

    /// @param damping of the layers that are not solved yet, if it is to be another
    public JsonNode retry(String id, Optional<Double> damping) {
        HttpRequest.BodyPublisher body =
                damping.map(d -> body(JSON.createObjectNode().put("damping", d))).orElse(nothing());
        return json(request("/v1/jobs/" + encode(id) + ":retry").POST(body));
    }

    public JsonNode inspect(String uri) {
        return get("/v1/models/inspect" + query(Map.of("uri", uri)));
    }

    public List<JsonNode> workers() {
        return items(get("/v1/workers"));
    }

    /// Makes an API key and returns it, with `key`, which nobody can tell again.
    public JsonNode createKey(JsonNode key) {
        return json(request("/v1/keys").POST(body(key)));
    }

    public List<JsonNode> keys() {
        return items(get("/v1/keys"));
    }

    /// What the tenant's receivers verify webhooks with.
    public JsonNode webhookSecrets() {
        return get("/v1/webhook-secrets");
    }

    /// From now on the key opens nothing.
    public void revokeKey(String id) {
        json(request("/v1/keys/" + encode(id)).DELETE());
    }

    /// Opens the event stream of a job.
    ///
    /// @param lastEventId id of the last event already seen, empty for all
    InputStream events(String id, String lastEventId) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Accept", "text/event-stream");
        if (!lastEventId.isEmpty()) {
            headers.put("Last-Event-ID", lastEventId);
        }
        return longAnswers.open("/v1/jobs/" + encode(id) + "/events", headers).body();
    }

    /// The items of a page: the page itself if it is an array, else its `items`.
    private static List<JsonNode> items(JsonNode page) {
        List<JsonNode> items = new ArrayList<>();
        (page.isArray() ? page : page.path("items")).forEach(items::add);
        return items;
    }

    private List<JsonNode> all(String path, Map<String, String> query, int limit) {
        List<JsonNode> all = new ArrayList<>();
        String next = "";
        do {
            String token = next.isEmpty() ? "" : "&pageToken=" + encode(next);
            JsonNode page = get(path + query(query) + token);
            all.addAll(items(page));
            next = page.path("nextPageToken").asText("");
        } while (!next.isEmpty() && all.size() < limit);
        return all.subList(0, Math.min(limit, all.size()));
    }

    private JsonNode get(String path) {
        return json(request(path).GET());
    }

    private JsonNode json(HttpRequest.Builder request) {
        HttpResponse<InputStream> answer = send(request, HttpResponse.BodyHandlers.ofInputStream());
        JsonNode body = read(answer.body());
        if (answer.statusCode() / 100 != 2) {
            throw new ProblemException(Problem.of(answer.statusCode(), body));
        }
        return body;
    }

    private JsonNode read(InputStream body) {
        try (body) {
            return Problem.body(body.readAllBytes());
        } catch (IOException e) {
            throw new UnreachableException(base, e);
        }
    }

    private <T> HttpResponse<T> send(
            HttpRequest.Builder request, HttpResponse.BodyHandler<T> handler) {
        try {
            return http.send(request.build(), handler);
        } catch (IOException e) {
            throw new UnreachableException(base, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UnreachableException(base, e);
        }
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(base + path))
                        .timeout(LIMIT)
                        .header("Accept", "application/json");
        authorize(request);
        return request;
    }

    private void authorize(HttpRequest.Builder request) {
        token.ifPresent(t -> request.header("Authorization", "Bearer " + t));
        request.header("Content-Type", "application/json");
    }

    private static HttpRequest.BodyPublisher body(JsonNode json) {
        return HttpRequest.BodyPublishers.ofString(json.toString());
    }

    private static HttpRequest.BodyPublisher nothing() {
        return HttpRequest.BodyPublishers.noBody();
    }

    private static String query(Map<String, String> query) {
        List<String> parts = new ArrayList<>();
        query.forEach((name, value) -> parts.add(encode(name) + "=" + encode(value)));
        return parts.isEmpty() ? "" : "?" + String.join("&", parts);
    }

    private static String encodePath(String name) {
        return Arrays.stream(name.split("/")).map(Gateway::encode).collect(joining("/"));
    }

    /// For paths and queries alike: a blank of a path is no plus sign.
    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
