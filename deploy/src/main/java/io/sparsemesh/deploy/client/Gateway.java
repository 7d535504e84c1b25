package io.sparsemesh.deploy.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
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

    private final URI base;
    private final Optional<String> token;
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
    }

    public URI base() {
        return base;
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
        return all("/v1/jobs/" + encode(id) + "/layers", Map.of("pageSize", "500"));
    }

    /// Returns one page of jobs, newest first.
    public List<JsonNode> jobs(Map<String, String> query) {
        return items(get("/v1/jobs" + query(query)));
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

    /// Opens the event stream of a job.
    ///
    /// @param lastEventId id of the last event already seen, empty for all
    InputStream events(String id, String lastEventId) {
        HttpRequest.Builder get =
                HttpRequest.newBuilder(base.resolve("/v1/jobs/" + encode(id) + "/events"))
                        .header("Accept", "text/event-stream");
        authorize(get);
        if (!lastEventId.isEmpty()) {
            get.header("Last-Event-ID", lastEventId);
        }
        HttpResponse<InputStream> answer =
                send(get.GET(), HttpResponse.BodyHandlers.ofInputStream());
        if (answer.statusCode() / 100 != 2) {
            throw new ProblemException(Problem.of(answer.statusCode(), read(answer.body())));
        }
        return answer.body();
    }

    /// The items of a page: the page itself if it is an array, else its `items`.
    private static List<JsonNode> items(JsonNode page) {
        List<JsonNode> items = new ArrayList<>();
        (page.isArray() ? page : page.path("items")).forEach(items::add);
        return items;
    }

    private List<JsonNode> all(String path, Map<String, String> query) {
        List<JsonNode> all = new ArrayList<>();
        String next = "";
        do {
            String token = next.isEmpty() ? "" : "&pageToken=" + encode(next);
            JsonNode page = get(path + query(query) + token);
            all.addAll(items(page));
            next = page.path("nextPageToken").asText("");
        } while (!next.isEmpty());
        return all;
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

    /// A body that is not JSON, such as a proxy's page, becomes the detail of a problem.
    private JsonNode read(InputStream body) {
        try (body) {
            String text = new String(body.readAllBytes(), StandardCharsets.UTF_8);
            return text.isBlank() ? JsonNodeFactory.instance.objectNode() : JSON.readTree(text);
        } catch (JsonProcessingException e) {
            return JsonNodeFactory.instance
                    .objectNode()
                    .put("detail", "the answer is not JSON; is this a Sparsemesh gateway?");
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
                HttpRequest.newBuilder(base.resolve(path))
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

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
