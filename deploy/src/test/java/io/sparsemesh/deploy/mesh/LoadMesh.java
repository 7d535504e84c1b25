package io.sparsemesh.deploy.mesh;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.deploy.client.Gateway;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/// Broker, database, scheduler and gateway as processes, without workers, asked by several tenants.
final class LoadMesh implements AutoCloseable {

    private static final String ROOT_KEY = "0123456789abcdef0123456789abcdef";
    private static final Duration LONG_POLL = Duration.ofSeconds(20);
    private static final int CLIENTS = 8;

    final TestMesh mesh;
    final MeshDatabase database;
    final LoadJobs jobs;

    private LoadMesh(TestMesh mesh, LoadJobs jobs) {
        this.mesh = mesh;
        this.database = new MeshDatabase(mesh);
        this.jobs = jobs;
    }

    static LoadMesh start(Path home) throws IOException {
        LoadJobs jobs = new LoadJobs(home);
        Map<String, String> settings =
                Map.of("SPARSEMESH_AUTH", "on", "SPARSEMESH_ROOT_KEY", ROOT_KEY);
        return new LoadMesh(TestMesh.start(home, 0, 0, List.of(), settings), jobs);
    }

    /// The gateway, for one tenant.
    Gateway as(String tenant) {
        ObjectNode wanted =
                Gateway.JSON.createObjectNode().put("name", "load").put("tenant", tenant);
        wanted.putArray("scopes").add("read").add("write");
        Gateway root = new Gateway(mesh.client.gateway(), Optional.of(ROOT_KEY));
        String key = root.createKey(wanted).path("key").asText();
        return new Gateway(mesh.client.gateway(), Optional.of(key));
    }

    String submit(Gateway tenant, String name) {
        return tenant.submit(jobs.small(name), Optional.empty()).path("id").asText();
    }

    /// Submits jobs from several clients at once, and returns their ids.
    List<String> submit(Gateway tenant, String name, int count) throws Exception {
        try (ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
            List<Callable<String>> calls =
                    IntStream.range(0, count)
                            .mapToObj(i -> (Callable<String>) () -> submit(tenant, name + "-" + i))
                            .toList();
            ConcurrentLinkedQueue<String> ids = new ConcurrentLinkedQueue<>();
            for (Future<String> id : clients.invokeAll(calls)) {
                ids.add(id.get());
            }
            return List.copyOf(ids);
        }
    }

    /// Waits for a job's end as a client does.
    ///
    /// @throws AssertionError if it does not succeed within `limit`
    void awaitSuccess(Gateway tenant, String id, Duration limit) {
        Instant end = Instant.now().plus(limit);
        JsonNode job = tenant.job(id, LONG_POLL);
        while (job.path("finishedAt").isNull()) {
            if (Instant.now().isAfter(end)) {
                throw new AssertionError("not finished within " + limit + ": " + job);
            }
            job = tenant.job(id, LONG_POLL);
        }
        if (!job.path("state").asText().equals("SUCCEEDED")) {
            throw new AssertionError("expected success, found " + job);
        }
    }

    @Override
    public void close() {
        mesh.close();
    }
}
