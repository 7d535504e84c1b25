package io.sparsemesh.contracts.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.artifact.ArtifactRef;
import io.sparsemesh.contracts.evaluation.Tally;
import io.sparsemesh.contracts.event.WorkerStatus;
import io.sparsemesh.contracts.job.Calibration;
import io.sparsemesh.contracts.job.ExpertTokens;
import io.sparsemesh.contracts.job.Output;
import io.sparsemesh.contracts.job.TextSource;
import io.sparsemesh.contracts.task.Failure;
import io.sparsemesh.contracts.task.LayerTask;
import io.sparsemesh.contracts.task.Lease;
import io.sparsemesh.contracts.task.TaskFailed;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskSucceeded;
import io.sparsemesh.contracts.task.TaskWork;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MessageCodecTest {

    private static final JobId JOB = new JobId("job-1");
    private static final Lease LEASE = new Lease(JOB, new TaskId("solve-b000-qkv"), 2, 1, "w1");
    private static final ArtifactRef ARTIFACT = new ArtifactRef("jobs/job-1/x", 7, "ab");

    static List<Message> messages() {
        return List.of(
                new CancelRequested(JOB),
                new RetryRequested(JOB, 0.1),
                new LayerTask(
                        JOB,
                        LEASE.task(),
                        2,
                        new TaskWork.Report(new Output("file:///o", "dense"), ARTIFACT)),
                new TaskSucceeded(
                        LEASE,
                        new TaskOutput.Calibrated(ARTIFACT, Map.of("qkv", ARTIFACT), 8, 64, "ff"),
                        12),
                new TaskSucceeded(
                        LEASE,
                        new TaskOutput.Evaluated(
                                new Tally(Tally.Kind.PERPLEXITY, 4, -8.5, 1020, 0, 0)),
                        5),
                new TaskFailed(LEASE, new Failure(Failure.Kind.STORAGE, true, "disk full")),
                new TaskFailed(
                        LEASE, new Failure(Failure.Kind.STORAGE, true, "gone").of("jobs/job-1/x")),
                new WorkerStatus(
                        "w1",
                        "layer-worker",
                        "1",
                        "cuda: NVIDIA H200",
                        1L << 37,
                        "NVIDIA H200",
                        "580.82.07 for CUDA 13.0",
                        "",
                        Instant.EPOCH,
                        false));
    }

    @Test
    void workersOfBeforeGpusHaveNone() {
        String value =
                """
                {"worker": "w1", "role": "evaluator", "version": "1", "device": "cpu",
                 "memoryBytes": 7, "currentTask": "", "startedAt": "2026-01-01T00:00:00Z",
                 "leaving": false}
                """;
        Map<String, String> headers =
                Map.of("ce_id", "1", "ce_type", MessageType.WORKER_STATUS.typeName());

        Envelope read = MessageCodec.decode(headers, value.getBytes(StandardCharsets.UTF_8));

        assertThat((WorkerStatus) read.message())
                .extracting(WorkerStatus::memoryBytes, WorkerStatus::gpu, WorkerStatus::driver)
                .containsExactly(7L, "", "");
    }

    @Test
    void failuresOfBeforeArtifactsWereNamedNameNone() {
        String value =
                """
                {"lease": {"job": "job-1", "task": "solve-b000-qkv", "attempt": 2, "delivery": 1,
                           "worker": "w1"},
                 "failure": {"kind": "STORAGE", "retryable": true, "message": "disk full"}}
                """;
        Map<String, String> headers =
                Map.of("ce_id", "1", "ce_type", MessageType.TASK_FAILED.typeName());

        Envelope read = MessageCodec.decode(headers, value.getBytes(StandardCharsets.UTF_8));

        assertThat(read.message())
                .isEqualTo(
                        new TaskFailed(
                                LEASE, new Failure(Failure.Kind.STORAGE, true, "disk full")));
    }

    @ParameterizedTest
    @MethodSource("messages")
    void aMessageSurvivesTheWayThroughARecord(Message message) {
        // Given
        Envelope sent =
                new Envelope("id-1", "/test", Instant.parse("2026-01-02T03:04:05Z"), message);

        // When
        Envelope read =
                MessageCodec.decode(MessageCodec.headers(sent), MessageCodec.value(message));

        // Then
        assertThat(read).isEqualTo(sent);
    }

    @Test
    void aTraceGoesAlongAndIsNoHeaderWhereThereIsNone() {
        String parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        CancelRequested message = new CancelRequested(JOB);
        Envelope traced = new Envelope("id-1", "/test", Instant.EPOCH, message, parent);
        Envelope untraced = new Envelope("id-1", "/test", Instant.EPOCH, message);

        assertThat(MessageCodec.headers(traced)).containsEntry("traceparent", parent);
        assertThat(MessageCodec.headers(untraced)).doesNotContainKey("traceparent");
        assertThat(MessageCodec.decode(MessageCodec.headers(traced), MessageCodec.value(message)))
                .isEqualTo(traced);
    }

    @Test
    void everyTypeHasItsOwnNameAndVersion() {
        Set<String> names = new HashSet<>();
        for (MessageType type : MessageType.values()) {
            assertThat(type.typeName()).matches("io\\.sparsemesh\\.[a-z.-]+\\.v[0-9]+");
            assertThat(names.add(type.typeName())).isTrue();
            assertThat(MessageType.named(type.typeName())).contains(type);
        }
    }

    @Test
    void aFieldFromALaterVersionIsIgnored() {
        byte[] value = "{\"job\":\"job-1\",\"later\":{\"x\":1}}".getBytes(StandardCharsets.UTF_8);

        Envelope read = MessageCodec.decode(headersOf(MessageType.CANCEL_REQUESTED), value);

        assertThat(read.message()).isEqualTo(new CancelRequested(JOB));
    }

    @Test
    void aRetryFromAnEarlierVersionKeepsTheDamping() {
        byte[] value = "{\"job\":\"job-1\"}".getBytes(StandardCharsets.UTF_8);

        Envelope read = MessageCodec.decode(headersOf(MessageType.RETRY_REQUESTED), value);

        assertThat(read.message()).isEqualTo(new RetryRequested(JOB));
        assertThat(MessageCodec.value(new RetryRequested(JOB))).isEqualTo(value);
    }

    @Test
    void aTooLongMessageIsRefusedWithItsSize() {
        List<ArtifactRef> many =
                IntStream.range(0, 2000).mapToObj(i -> new ArtifactRef("key" + i, i, "0")).toList();
        LayerTask task =
                new LayerTask(
                        JOB,
                        LEASE.task(),
                        1,
                        new TaskWork.Calibrate(
                                "file:///m",
                                new Calibration(
                                        new TextSource("file:///c.txt", "input_ids"), 8, 64, 0),
                                0,
                                1,
                                0,
                                1,
                                List.of("qkv"),
                                List.of(),
                                many,
                                ExpertTokens.DEFAULT,
                                false));

        assertThatThrownBy(() -> MessageCodec.value(task))
                .isInstanceOf(MessageException.class)
                .hasMessageContaining("at most 65536 bytes, found");
    }

    @Test
    void unreadableRecordsSayWhatIsWrong() {
        byte[] job = "{\"job\":\"job-1\"}".getBytes(StandardCharsets.UTF_8);
        Map<String, String> unknown = headersOf(MessageType.CANCEL_REQUESTED);
        unknown.put("ce_type", "io.sparsemesh.nonsense.v1");
        Map<String, String> nameless = headersOf(MessageType.CANCEL_REQUESTED);
        nameless.remove("ce_id");

        assertThatThrownBy(() -> MessageCodec.decode(unknown, job))
                .hasMessage("unknown message type io.sparsemesh.nonsense.v1");
        assertThatThrownBy(() -> MessageCodec.decode(nameless, job))
                .hasMessage("missing header ce_id");
        assertThatThrownBy(
                        () ->
                                MessageCodec.decode(
                                        headersOf(MessageType.TASK_STARTED),
                                        new byte[] {(byte) 0xff, 0}))
                .isInstanceOf(MessageException.class)
                .hasMessageStartingWith("malformed io.sparsemesh.task.started.v1");
    }

    private static Map<String, String> headersOf(MessageType type) {
        Map<String, String> headers = new HashMap<>();
        headers.put("ce_id", "1");
        headers.put("ce_type", type.typeName());
        return headers;
    }
}
