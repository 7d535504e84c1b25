package io.sparsemesh.deploy.mesh;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/// Speaks to a gateway that may be down for a while.
final class MeshClient {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration OUTAGE_LIMIT = Duration.ofSeconds(90);

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private final URI gateway;

    MeshClient(URI gateway) {
        this.gateway = gateway;
    }

    URI gateway() {
        return gateway;
    }

    /// Submits a job and returns its id.
    String submit(JsonNode request) throws IOException, InterruptedException {
        HttpResponse<String> response = post("/v1/jobs", request.toString());
        if (response.statusCode() != 202) {
            throw new AssertionError(
                    "submit: expected 202, found %d: %s"
                            .formatted(response.statusCode(), response.body()));
        }
        return JSON.readTree(response.body()).get("id").asText();
    }

    HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(gateway.resolve(path))
                        .header("Content-Type", "application/json")
                        .timeout(Duration.ofSeconds(30))
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    JsonNode job(String id) throws InterruptedException {
        return get("/v1/jobs/" + id);
    }

    /// Every event so far, in order.
    List<JsonNode> events(String id) throws InterruptedException {
        return eventsAfter(id, 0);
    }

    List<JsonNode> eventsAfter(String id, long seq) throws InterruptedException {
        List<JsonNode> events = new ArrayList<>();
        long after = seq;
        while (true) {
            JsonNode page = get("/v1/jobs/" + id + "/events?after=" + after).get("items");
            if (page.isEmpty()) {
                return events;
            }
            page.forEach(events::add);
            after = page.get(page.size() - 1).get("seq").asLong();
        }
    }

    List<JsonNode> layers(String id) throws InterruptedException {
        List<JsonNode> layers = new ArrayList<>();
        String token = "";
        do {
            String next = token.isEmpty() ? "" : "&pageToken=" + token;
            JsonNode page = get("/v1/jobs/" + id + "/layers?pageSize=100" + next);
            page.get("items").forEach(layers::add);
            token = page.path("nextPageToken").asText("");
        } while (!token.isEmpty());
        return layers;
    }

    /// Waits for the first event that satisfies `wanted`.
    JsonNode awaitEvent(String id, Duration limit, Predicate<JsonNode> wanted)
            throws InterruptedException {
        Instant end = Instant.now().plus(limit);
        long after = 0;
        while (Instant.now().isBefore(end)) {
            for (JsonNode event : eventsAfter(id, after)) {
                after = event.get("seq").asLong();
                if (wanted.test(event)) {
                    return event;
                }
            }
            Thread.sleep(Duration.ofMillis(20));
        }
        throw new AssertionError("the event did not come within " + limit + ": " + job(id));
    }

    /// Waits for a terminal state and returns the job.
    JsonNode await(String id, Duration limit) throws InterruptedException {
        Instant end = Instant.now().plus(limit);
        while (true) {
            JsonNode job = job(id);
            switch (job.get("state").asText()) {
                case "SUCCEEDED", "DEGRADED", "FAILED", "CANCELLED" -> {
                    return job;
                }
                default -> {
                    if (Instant.now().isAfter(end)) {
                        throw new AssertionError("not finished within " + limit + ": " + job);
                    }
                    Thread.sleep(Duration.ofMillis(100));
                }
            }
        }
    }

    /// Reads a resource; while the gateway is away or answers 5xx it tries again.
    JsonNode get(String path) throws InterruptedException {
        Instant end = Instant.now().plus(OUTAGE_LIMIT);
        while (true) {
            String trouble;
            try {
                HttpResponse<String> response =
                        http.send(
                                HttpRequest.newBuilder(gateway.resolve(path))
                                        .timeout(Duration.ofSeconds(20))
                                        .header("Accept", "application/json")
                                        .build(),
                                HttpResponse.BodyHandlers.ofString());
                if (response.statusCode() == 200) {
                    return JSON.readTree(response.body());
                }
                trouble = response.statusCode() + " " + response.body();
                if (response.statusCode() < 500) {
                    throw new AssertionError("GET " + path + ": " + trouble);
                }
            } catch (IOException e) {
                trouble = e.toString();
            }
            if (Instant.now().isAfter(end)) {
                throw new AssertionError("GET " + path + " for " + OUTAGE_LIMIT + ": " + trouble);
            }
            Thread.sleep(Duration.ofMillis(200));
        }
    }
}
