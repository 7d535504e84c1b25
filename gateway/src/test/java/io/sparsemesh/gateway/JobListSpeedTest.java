package io.sparsemesh.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sparsemesh.contracts.artifact.FileDigest;
import io.sparsemesh.contracts.event.JobResult;
import io.sparsemesh.contracts.message.MessageCodec;
import io.sparsemesh.contracts.task.TaskOutput;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// How long reads take with 2,000 jobs and 20,000 layers in the database. The jobs are copies of
/// one that was really submitted, older than it, in all states, with labels and layers of their
/// own.
///
/// `-Djobs.requests=N` asks N times for each kind of page (40 by default, 200 for the numbers of
/// docs/performance.md).
@QuarkusTest
@WithTestResource(GatewayServers.class)
class JobListSpeedTest {

    private static final int JOBS = 2000;
    private static final int LAYERS = 10;
    private static final int WARM_UP = 30;
    private static final int REQUESTS = Integer.getInteger("jobs.requests", 40);

    /// The target is 100 ms; a machine that builds other things meanwhile gets more.
    private static final double BOUND_MILLIS = 400;

    /// Seven in ten have succeeded, one in fifty prunes.
    private static final String JOB_COPIES =
            """
            insert into gateway.job (id, tenant, created_at, state, state_reason, started_at,
                run_started_at, finished_at, layers_total, model_uri, model_name, output_uri,
                labels, request, result, last_seq, version)
            select 'copy-' || i, t.tenant, t.created_at - i * interval '1 minute',
                case when i % 50 = 0 then 'PRUNING' when i % 10 = 1 then 'FAILED'
                    when i % 10 = 2 then 'CANCELLED' when i % 20 = 3 then 'DEGRADED'
                    when i % 50 = 4 then 'QUEUED' else 'SUCCEEDED' end,
                'done', t.created_at, t.created_at, t.created_at, ?,
                t.model_uri || '-' || i % 7, t.model_name || '-' || i % 7, t.output_uri || i,
                jsonb_build_object('team', 'team-' || i % 20, 'copies', ?::text), t.request,
                case when i % 20 > 4 then ?::jsonb end, 50, 50
            from gateway.job t, generate_series(1, ?) i where t.id = ?
            """;
    private static final String LAYER_COPIES =
            """
            insert into gateway.layer (job_id, name, position, block, state, attempt, worker,
                report, finished_at)
            select j.id, 'model.layers.' || l / 5 || '.linear_' || l % 5, l, l / 5,
                case when j.state = 'PRUNING' and l > 4 then 'PENDING' else 'SUCCEEDED' end,
                1, 'layer-worker-1',
                case when j.state = 'PRUNING' and l > 4 then null else ?::jsonb end, j.created_at
            from gateway.job j, generate_series(0, ?) l where j.labels->>'copies' = ?
            """;
    private static final String EVENT_COPIES =
            """
            insert into gateway.event (tenant, job_id, seq, type, at, data)
            select j.tenant, j.id, s, 'task.changed', j.created_at,
                jsonb_build_object('task', 'solve-' || s, 'state', 'SUCCEEDED', 'attempt', 1)
            from gateway.job j, generate_series(1, ?) s where j.labels->>'copies' = ?
            """;

    @TestHTTPResource("/")
    URI url;

    @Inject DataSource database;

    private final HttpClient client = HttpClient.newHttpClient();
    private String original;

    @BeforeEach
    void fill() throws SQLException, JsonProcessingException {
        original = Api.submit(Api.request());
        TaskOutput.LayerReport report =
                new TaskOutput.LayerReport(
                        "linear", 768, 768, 0.5, 294_912, 0.0188, 0.01, "F32", "", 262_144, 1840,
                        "0.5");
        update(JOB_COPIES, LAYERS, original, json(result()), JOBS, original);
        update(LAYER_COPIES, json(report), LAYERS - 1, original);
        update(EVENT_COPIES, 20, original);
        update("vacuum analyze");
    }

    private static JobResult result() {
        List<FileDigest> files =
                IntStream.range(0, 8)
                        .mapToObj(i -> new FileDigest("model-%05d".formatted(i), i, "0".repeat(64)))
                        .toList();
        Map<String, Map<String, Double>> metrics = Map.of("ids", Map.of("perplexity", 27.65));
        return new JobResult(
                "file:///out",
                "dense",
                "0".repeat(64),
                0.5,
                metrics,
                metrics,
                LAYERS,
                List.of(),
                files);
    }

    private static String json(Object value) throws JsonProcessingException {
        return MessageCodec.mapper().writeValueAsString(value);
    }

    @AfterEach
    void empty() throws SQLException {
        update("delete from gateway.event where job_id like 'copy-%'");
        update("delete from gateway.job where labels->>'copies' = ?", original);
        client.close();
    }

    private void update(String statement, Object... parameters) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement update = connection.prepareStatement(statement)) {
            for (int i = 0; i < parameters.length; i++) {
                update.setObject(i + 1, parameters[i]);
            }
            update.execute();
        }
    }

    @Test
    void readsAreQuickWithThousandsOfJobs() throws IOException, InterruptedException {
        // Given
        String filter = "/v1/jobs?label.copies=" + original;
        Random random = new Random(1);
        List<String> tokens = tokens(filter + "&pageSize=50");
        Map<String, Kind> kinds = new LinkedHashMap<>();
        kinds.put("first", new Kind(50, _ -> "/v1/jobs"));
        kinds.put("first_1000", new Kind(1000, _ -> "/v1/jobs?pageSize=1000"));
        kinds.put(
                "later",
                new Kind(
                        50,
                        _ ->
                                "/v1/jobs?pageToken="
                                        + tokens.get(random.nextInt(tokens.size() - 1))));
        kinds.put("state", new Kind(40, _ -> filter + "&state=PRUNING,VALIDATING"));
        kinds.put("label", new Kind(50, i -> filter + "&label.team=team-" + i % 20));
        kinds.put("nothing", new Kind(0, i -> "/v1/jobs?label.team=nobody-" + i));
        kinds.put("job", new Kind(1, _ -> "/v1/jobs/copy-" + (1 + random.nextInt(JOBS))));
        kinds.put(
                "layers",
                new Kind(LAYERS, _ -> "/v1/jobs/copy-" + (1 + random.nextInt(JOBS)) + "/layers"));

        for (int i = 0; i < WARM_UP; i++) {
            for (Kind kind : kinds.values()) {
                get(kind.path().apply(i));
            }
        }

        // When
        Map<String, Times> times = new LinkedHashMap<>();
        for (Map.Entry<String, Kind> kind : kinds.entrySet()) {
            times.put(kind.getKey(), measure(kind.getKey(), kind.getValue()));
        }

        // Then
        System.out.println(MessageCodec.mapper().writeValueAsString(times));
        assertThat(tokens).as("pages of 50").hasSize(JOBS / 50 - 1);
        times.forEach(
                (name, measured) -> assertThat(measured.p95()).as(name).isLessThan(BOUND_MILLIS));
    }

    /// @param rows that each answer has
    private record Kind(int rows, IntFunction<String> path) {}

    /// Milliseconds of `count` requests, each of which answered `rows`.
    private record Times(int count, int rows, double p50, double p95, double p99, double max) {
        static Times of(double[] millis, int rows) {
            double[] sorted = millis.clone();
            Arrays.sort(sorted);
            return new Times(
                    sorted.length,
                    rows,
                    at(sorted, 0.5),
                    at(sorted, 0.95),
                    at(sorted, 0.99),
                    at(sorted, 1));
        }

        private static double at(double[] sorted, double share) {
            int rank = (int) Math.ceil(share * sorted.length);
            return Math.round(100 * sorted[Math.max(1, rank) - 1]) / 100.0;
        }
    }

    private Times measure(String name, Kind kind) throws IOException, InterruptedException {
        double[] millis = new double[REQUESTS];
        for (int i = 0; i < REQUESTS; i++) {
            long begin = System.nanoTime();
            String body = get(kind.path().apply(i));
            millis[i] = (System.nanoTime() - begin) / 1e6;
            JsonNode answer = MessageCodec.mapper().readTree(body);
            int rows = answer.has("items") ? answer.get("items").size() : 1;
            assertThat(rows).as(name).isEqualTo(kind.rows());
        }
        return Times.of(millis, kind.rows());
    }

    /// Tokens of all pages after the first.
    private List<String> tokens(String list) throws IOException, InterruptedException {
        List<String> tokens = new ArrayList<>();
        JsonNode next = MessageCodec.mapper().readTree(get(list)).get("nextPageToken");
        while (next != null) {
            tokens.add(next.textValue());
            String page = get(list + "&pageToken=" + next.textValue());
            next = MessageCodec.mapper().readTree(page).get("nextPageToken");
        }
        return tokens;
    }

    private String get(String path) throws IOException, InterruptedException {
        HttpResponse<String> answer =
                client.send(
                        HttpRequest.newBuilder(url.resolve(path)).build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return answer.body();
    }
}
