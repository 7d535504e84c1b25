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
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/// Starts and SIGTERMs workers and evaluators as the scheduler wants them, as KEDA would: more at
/// once, fewer when no answer of a cooldown wanted as many as there are. Stops the busy ones first,
/// since a platform does not know who is idle.
final class Autoscaler implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PERIOD = Duration.ofMillis(500);

    private final TestMesh mesh;
    private final Duration cooldown;
    private final HttpClient http = HttpClient.newHttpClient();
    private final Thread thread = Thread.ofPlatform().name("autoscaler").unstarted(this::follow);
    private final Map<String, Drain> drains = new ConcurrentHashMap<>();
    private volatile Optional<Exception> trouble = Optional.empty();
    private volatile boolean over;

    final Pool workers;
    final Pool evaluators;

    /// A worker that was told to stop.
    ///
    /// @param task `job/task` that it was at, empty for none
    record Drain(Instant at, String task) {}

    Autoscaler(
            TestMesh mesh,
            Duration cooldown,
            Supplier<TestMesh.Service> worker,
            Supplier<TestMesh.Service> evaluator) {
        this.mesh = mesh;
        this.cooldown = cooldown;
        this.workers = new Pool("workers", "wantedWorkers", worker);
        this.evaluators = new Pool("evaluators", "wantedEvaluators", evaluator);
    }

    void start() {
        thread.start();
    }

    /// Those that were stopped, by name.
    Map<String, Drain> drains() {
        return drains;
    }

    /// Throws what ended it before its time.
    void check() {
        trouble.ifPresent(
                e -> {
                    throw new AssertionError("the autoscaler ended: " + e, e);
                });
    }

    private void follow() {
        try {
            while (!over) {
                look();
                Thread.sleep(PERIOD);
            }
        } catch (Exception e) {
            trouble = over ? trouble : Optional.of(e);
        }
    }

    /// Without an answer everything stays as it is.
    private void look() throws IOException, InterruptedException {
        Optional<JsonNode> answer = ask();
        if (answer.isPresent()) {
            workers.follow(answer.get());
            evaluators.follow(answer.get());
        }
    }

    private Optional<JsonNode> ask() throws InterruptedException {
        URI scaling =
                URI.create(
                        "http://127.0.0.1:%d/internal/v1/autoscaling"
                                .formatted(mesh.scheduler.managementPort));
        try {
            HttpResponse<String> answer =
                    http.send(
                            HttpRequest.newBuilder(scaling).timeout(Duration.ofSeconds(20)).build(),
                            HttpResponse.BodyHandlers.ofString());
            return answer.statusCode() == 200
                    ? Optional.of(JSON.readTree(answer.body()))
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /// What the worker is at, as the gateway tells.
    private String taskOf(TestMesh.Service service) throws InterruptedException {
        for (JsonNode worker : mesh.client.get("/v1/workers")) {
            if (worker.path("name").asText().equals(service.name)) {
                return worker.path("currentTask").asText("");
            }
        }
        return "";
    }

    @Override
    public void close() throws InterruptedException {
        over = true;
        thread.interrupt();
        thread.join();
        http.close();
    }

    /// Processes of one kind.
    final class Pool {
        private final String name;
        private final String field;
        private final Supplier<TestMesh.Service> start;
        private final List<TestMesh.Service> running = new ArrayList<>();
        private final List<Wish> wishes = new ArrayList<>();
        private final List<Integer> sizes = new ArrayList<>(List.of(0));
        private volatile int mostLive;

        private record Wish(Instant at, int count) {}

        private Pool(String name, String field, Supplier<TestMesh.Service> start) {
            this.name = name;
            this.field = field;
            this.start = start;
        }

        /// How many there were, one after the other, those that drain not counted.
        synchronized List<Integer> sizes() {
            return List.copyOf(sizes);
        }

        /// The most that the scheduler heard at a time.
        int mostLive() {
            return mostLive;
        }

        private synchronized void follow(JsonNode answer) throws IOException, InterruptedException {
            Instant now = Instant.now();
            JsonNode counted = answer.required(name);
            mostLive = Math.max(mostLive, counted.required("live").asInt());
            wishes.removeIf(wish -> wish.at().isBefore(now.minus(cooldown)));
            wishes.add(new Wish(now, answer.required(field).asInt()));
            int latest = wishes.getLast().count();
            if (latest > running.size()) {
                grow(latest);
            } else if (wishes.stream().allMatch(wish -> wish.count() < running.size())) {
                shrink(latest);
            }
            if (sizes.getLast() != running.size()) {
                System.out.printf(
                        "autoscaler: %tT %s %d -> %d: %s%n",
                        System.currentTimeMillis(), name, sizes.getLast(), running.size(), counted);
                sizes.add(running.size());
            }
        }

        private void grow(int count) {
            while (running.size() < count) {
                running.add(start.get());
            }
        }

        private void shrink(int count) throws IOException, InterruptedException {
            List<TestMesh.Service> idle = new ArrayList<>();
            for (TestMesh.Service service : List.copyOf(running)) {
                if (running.size() > count) {
                    String task = taskOf(service);
                    if (task.isEmpty()) {
                        idle.add(service);
                    } else {
                        stop(service, task);
                    }
                }
            }
            while (running.size() > count) {
                stop(idle.removeLast(), "");
            }
        }

        private void stop(TestMesh.Service service, String task)
                throws IOException, InterruptedException {
            running.remove(service);
            drains.put(service.name, new Drain(Instant.now(), task));
            service.signal("TERM");
        }
    }
}
