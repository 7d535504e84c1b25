package io.sparsemesh.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.matchesRegex;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.event.WorkerStatus;
import io.sparsemesh.contracts.message.Envelope;
import io.sparsemesh.contracts.message.MessageCodec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(GatewayServers.class)
class WorkersTest {

    private static final Instant STARTED = Instant.parse("2026-01-01T00:00:00Z");

    private final String name = "worker-" + UUID.randomUUID();

    private WorkerStatus status(String task, boolean leaving) {
        return status("evaluator", 1L << 40, task, leaving);
    }

    private WorkerStatus status(String role, long memory, String task, boolean leaving) {
        return new WorkerStatus(name, role, "0.1.0", "cpu", memory, "", "", task, STARTED, leaving);
    }

    /// Sends a heartbeat that the broker got at `heard`.
    private static void send(WorkerStatus status, Instant heard) {
        Envelope envelope =
                new Envelope(UUID.randomUUID().toString(), "/worker", Instant.now(), status);
        ProducerRecord<String, byte[]> record =
                new ProducerRecord<>(
                        Topics.WORKERS,
                        null,
                        heard.toEpochMilli(),
                        status.worker(),
                        MessageCodec.value(status));
        MessageCodec.headers(envelope)
                .forEach((k, v) -> record.headers().add(k, v.getBytes(StandardCharsets.UTF_8)));
        Mesh.send(record);
    }

    /// The state shown, as soon as it is `expected`. The heartbeat is repeated, as workers do: the
    /// gateway listens from when it started on.
    private String state(WorkerStatus status, Instant heard, String expected) throws Exception {
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        String state = "";
        while (!expected.equals(state) && System.nanoTime() < end) {
            send(status, heard);
            Thread.sleep(100);
            state = given().get("/v1/workers").path("find { it.name == '%s' }?.state", name);
        }
        return state;
    }

    @Test
    void stateTellsWhatAWorkerDoes() throws Exception {
        Instant now = Instant.now();

        assertThat(state(status("", false), now, "IDLE")).isEqualTo("IDLE");
        assertThat(state(status("job/task", false), now, "BUSY")).isEqualTo("BUSY");
        assertThat(state(status("", true), now, "LEAVING")).isEqualTo("LEAVING");
    }

    @Test
    void recordsThatCannotBeReadHoldUpNoHeartbeat() throws Exception {
        Mesh.send(new ProducerRecord<>(Topics.WORKERS, name, new byte[] {1, 2, 3}));

        assertThat(state(status("", false), Instant.now(), "IDLE")).isEqualTo("IDLE");
    }

    @Test
    void theLatestHeartbeatCountsInWhateverOrderTheyCome() throws Exception {
        Instant now = Instant.now();
        state(status("", false), now.minusSeconds(3), "IDLE");

        for (int i = 0; i < 20; i++) {
            send(status("job/task", false), now.minusMillis(i));
            send(status("", false), now.minusSeconds(2));
        }
        Thread.sleep(500);

        assertThat(state(status("", false), now.minusSeconds(1), "BUSY")).isEqualTo("BUSY");
    }

    private Map<String, Object> shown() {
        return given().get("/v1/workers").path("find { it.name == '%s' }", name);
    }

    @Test
    void gpuOfAWorkerIsShownWithItsMemoryAndDriver() throws Exception {
        WorkerStatus status =
                new WorkerStatus(
                        name,
                        "layer-worker",
                        "0.1.0",
                        "cuda: NVIDIA H200",
                        141L << 30,
                        "NVIDIA H200",
                        "580.82.07 for CUDA 13.0",
                        "",
                        STARTED,
                        false);

        state(status, Instant.now(), "IDLE");

        assertThat(shown())
                .containsEntry("device", "cuda: NVIDIA H200")
                .containsEntry("memoryBytes", 141L << 30)
                .containsEntry("gpu", "NVIDIA H200")
                .containsEntry("driver", "580.82.07 for CUDA 13.0");
    }

    @Test
    void jobThatNoLiveWorkerCanHoldIsRefused() throws Exception {
        // Given nobody whom another test left
        Database.update("delete from gateway.worker");
        Instant now = Instant.now();
        assertThat(state(status("layer-worker", 1, "", false), now, "IDLE")).isEqualTo("IDLE");

        // When
        for (String path : List.of("/v1/jobs", "/v1/jobs?validateOnly=true")) {
            Api.json(Api.request())
                    .post(path)
                    .then()
                    .statusCode(422)
                    .body("code", is("insufficient-memory"))
                    .body("errors[0].pointer", is("/model/uri"))
                    .body(
                            "errors[0].detail",
                            matchesRegex(
                                    "expected a live layer-worker with \\d+ bytes of memory for"
                                            + " calibrate tasks, found at most 1"));
        }

        // Then
        state(status("layer-worker", 1, "", true), now, "LEAVING");
        Api.post(Api.request()).statusCode(202);
    }

    @Test
    void silentWorkerIsLostAndLaterForgotten() throws Exception {
        Instant lost = Instant.now().minusSeconds(60);
        String task = Api.submit(Api.request()) + "/solve";

        assertThat(state(status(task, false), lost, "LOST")).isEqualTo("LOST");

        Map<String, Object> shown = shown();
        assertThat(shown)
                .containsEntry("role", "evaluator")
                .containsEntry("device", "cpu")
                .containsEntry("gpu", "")
                .containsEntry("driver", "")
                .containsEntry("version", "0.1.0")
                .containsEntry("currentTask", task)
                .containsEntry("startedAt", "2026-01-01T00:00:00Z");
        assertThat(Instant.parse((String) shown.get("lastHeartbeat")))
                .isEqualTo(Instant.ofEpochMilli(lost.toEpochMilli()));
    }

    @Test
    void olderHeartbeatDoesNotReplaceANewerOne() throws Exception {
        Instant now = Instant.now();
        String job = Api.submit(Api.request());
        assertThat(state(status(job + "/new", false), now, "BUSY")).isEqualTo("BUSY");

        send(status(job + "/old", false), now.minusSeconds(5));
        send(status(job + "/newest", false), now.plusMillis(1));

        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        String task = job + "/new";
        while (task.equals(job + "/new") && System.nanoTime() < end) {
            task = given().get("/v1/workers").path("find { it.name == '%s' }.currentTask", name);
        }
        assertThat(task).isEqualTo(job + "/newest");
    }
}
