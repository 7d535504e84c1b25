package io.sparsemesh.taskqueue;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.artifact.FileDigest;
import io.sparsemesh.contracts.event.WorkerStatus;
import io.sparsemesh.contracts.task.Failure;
import io.sparsemesh.contracts.task.TaskFailed;
import io.sparsemesh.contracts.task.TaskMessage;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskStarted;
import io.sparsemesh.contracts.task.TaskSucceeded;
import io.sparsemesh.embedded.LocalInfra;
import io.sparsemesh.embedded.LocalKafka;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class TaskWorkerIT {

    private static final Duration GRACE = Duration.ofSeconds(10);
    private static final TaskHandler DO_NOTHING = (_, _) -> Mesh.DONE;

    private static Mesh mesh(Map<String, String> groupSettings) {
        return new Mesh(LocalInfra.shared().bootstrapServers(), groupSettings);
    }

    private static List<String> said(List<TaskMessage> results) {
        return results.stream()
                .map(
                        m ->
                                "%s %s a%d.d%d"
                                        .formatted(
                                                m.getClass().getSimpleName(),
                                                m.lease().task(),
                                                m.lease().attempt(),
                                                m.lease().delivery()))
                .toList();
    }

    private static long succeeded(List<TaskMessage> results) {
        return results.stream().filter(TaskSucceeded.class::isInstance).count();
    }

    private static void sleep(Duration duration) {
        try {
            Thread.sleep(duration);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void tasksAreStartedAndSucceedInOrder() throws Exception {
        try (Mesh mesh = mesh(Map.of());
                TaskWorker worker = mesh.worker("a", DO_NOTHING)) {
            mesh.send("t1", "t2", "t3");

            List<TaskMessage> results = mesh.awaitResults(r -> succeeded(r) == 3);

            assertThat(said(results))
                    .containsExactly(
                            "TaskStarted t1 a1.d1",
                            "TaskSucceeded t1 a1.d1",
                            "TaskStarted t2 a1.d1",
                            "TaskSucceeded t2 a1.d1",
                            "TaskStarted t3 a1.d1",
                            "TaskSucceeded t3 a1.d1");
            assertThat(((TaskSucceeded) results.get(1)).output()).isEqualTo(Mesh.DONE);
            assertThat(worker.isAlive()).isTrue();
            assertThat(worker.isConnected()).isTrue();
        }
    }

    @Test
    void handlersExceptionIsMappedAndTheNextTaskIsTaken() throws Exception {
        TaskHandler failing =
                (task, _) -> {
                    if (task.task().value().equals("bad")) {
                        throw new IllegalStateException("broken");
                    }
                    return Mesh.DONE;
                };
        try (Mesh mesh = mesh(Map.of());
                TaskWorker _ = mesh.worker("a", failing)) {
            mesh.send("bad", "good");

            List<TaskMessage> results = mesh.awaitResults(r -> succeeded(r) == 1);

            assertThat(((TaskFailed) results.get(1)).failure())
                    .isEqualTo(new Failure(Failure.Kind.INTERNAL, true, "broken"));
        }
    }

    @Test
    void workerThatIsUnfitReportsItsTaskAndTakesNoOther() throws Exception {
        CompletableFuture<Throwable> heard = new CompletableFuture<>();
        TaskObserver observer =
                new TaskObserver() {
                    @Override
                    public void unfit(Throwable error) {
                        heard.complete(error);
                    }
                };
        IllegalStateException lost = new IllegalStateException("device lost");
        TaskHandler failing =
                (_, _) -> {
                    throw lost;
                };
        FailureTable table =
                new FailureTable()
                        .with(IllegalStateException.class, Failure.Kind.DEVICE, true)
                        .endingProcess(e -> e == lost);
        try (Mesh mesh = mesh(Map.of());
                TaskWorker unfit = mesh.worker("a", GRACE, failing, table, observer)) {
            mesh.send("t1");
            assertThat(heard.get(40, TimeUnit.SECONDS)).isSameAs(lost);
            assertThat(unfit.isAlive()).isFalse();
            mesh.send("t2");
            try (TaskWorker _ = mesh.worker("b", DO_NOTHING)) {
                List<TaskMessage> results = mesh.awaitResults(r -> succeeded(r) == 1);

                assertThat(said(results))
                        .containsExactly(
                                "TaskStarted t1 a1.d1",
                                "TaskFailed t1 a1.d1",
                                "TaskStarted t2 a1.d1",
                                "TaskSucceeded t2 a1.d1");
                assertThat(((TaskFailed) results.get(1)).failure())
                        .isEqualTo(new Failure(Failure.Kind.DEVICE, true, "device lost"));
            }
        }
    }

    @Test
    void workerWhoseTaskHangsSaysSoAndIsUnfit() throws Exception {
        CompletableFuture<Throwable> heard = new CompletableFuture<>();
        TaskObserver observer =
                new TaskObserver() {
                    @Override
                    public void unfit(Throwable error) {
                        heard.complete(error);
                    }
                };
        CountDownLatch release = new CountDownLatch(1);
        TaskHandler hanging =
                (_, _) -> {
                    release.await();
                    return Mesh.DONE;
                };
        Duration limit = Duration.ofSeconds(1);
        try (Mesh mesh = mesh(Map.of());
                TaskWorker hung =
                        mesh.worker("a", GRACE, limit, hanging, new FailureTable(), observer)) {
            mesh.send("t1");

            assertThat(heard.get(40, TimeUnit.SECONDS)).hasMessageContaining("/t1: ");
            List<TaskMessage> results = mesh.awaitResults(r -> r.size() == 2);

            assertThat(said(results))
                    .containsExactly("TaskStarted t1 a1.d1", "TaskFailed t1 a1.d1");
            assertThat(((TaskFailed) results.get(1)).failure())
                    .isEqualTo(
                            new Failure(
                                    Failure.Kind.INTERNAL,
                                    true,
                                    mesh.job + "-a did not finish within 1 s"));
            release.countDown();
            mesh.send("t2");
            try (TaskWorker _ = mesh.worker("b", DO_NOTHING)) {
                assertThat(said(mesh.awaitResults(r -> succeeded(r) == 1)))
                        .endsWith("TaskStarted t2 a1.d1", "TaskSucceeded t2 a1.d1");
            }
            assertThat(hung.isAlive()).isFalse();
        }
    }

    @Test
    void resultTooLargeForAMessageFails() throws Exception {
        String large = "x".repeat(70_000);
        TaskHandler talkative = (_, _) -> new TaskOutput.Reported(new FileDigest(large, 1, ""));
        try (Mesh mesh = mesh(Map.of());
                TaskWorker _ = mesh.worker("a", talkative)) {
            mesh.send("t");

            List<TaskMessage> results = mesh.awaitResults(r -> r.size() == 2);

            Failure failure = ((TaskFailed) results.get(1)).failure();
            assertThat(failure.kind()).isEqualTo(Failure.Kind.INTERNAL);
            assertThat(failure.message()).contains("65536");
        }
    }

    @Test
    void recordOfAWorkerThatDiedBeforeAcceptingIsDeliveredAgain() throws Exception {
        try (Mesh mesh = mesh(Map.of("share.record.lock.duration.ms", "1500"))) {
            mesh.send("t");
            WorkerSettings settings =
                    new WorkerSettings(
                            mesh.bootstrap,
                            mesh.topic,
                            mesh.group,
                            Duration.ZERO,
                            Duration.ZERO,
                            GRACE);
            try (TaskQueue dying = new TaskQueue(settings, "dying")) {
                TaskRecord taken = dying.take().or(dying::take).or(dying::take).orElseThrow();
                assertThat(taken.delivery()).isEqualTo(1);
                try (TaskWorker _ = mesh.worker("b", DO_NOTHING)) {
                    List<TaskMessage> results = mesh.awaitResults(r -> succeeded(r) == 1);
                    assertThat(said(results))
                            .containsExactly("TaskStarted t a1.d2", "TaskSucceeded t a1.d2");
                }
            }
        }
    }

    @Test
    void taskLongerThanLockAndSessionIsDoneOnceAndMembershipLasts() throws Exception {
        TaskHandler slowFirst =
                (task, _) -> {
                    if (task.task().value().equals("long")) {
                        sleep(Duration.ofSeconds(9));
                    }
                    return Mesh.DONE;
                };
        try (Mesh mesh =
                        mesh(
                                Map.of(
                                        "share.record.lock.duration.ms",
                                        "1000",
                                        "share.heartbeat.interval.ms",
                                        "1000",
                                        "share.session.timeout.ms",
                                        "5000"));
                TaskWorker _ = mesh.worker("a", slowFirst)) {
            mesh.send("long");
            mesh.awaitResults(r -> r.size() == 1);
            List<String> before = members(mesh);
            sleep(Duration.ofSeconds(7));
            assertThat(members(mesh)).isEqualTo(before).hasSize(1);
            assertThat(mesh.heartbeats()).isGreaterThan(5);
            mesh.send("next");
            mesh.awaitResults(r -> succeeded(r) == 1);

            List<TaskMessage> results =
                    mesh.awaitResults(Duration.ofSeconds(3), r -> succeeded(r) == 2);

            assertThat(said(results))
                    .containsExactly(
                            "TaskStarted long a1.d1",
                            "TaskSucceeded long a1.d1",
                            "TaskStarted next a1.d1",
                            "TaskSucceeded next a1.d1");
        }
    }

    private static List<String> members(Mesh mesh) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", mesh.bootstrap))) {
            return admin
                    .describeShareGroups(List.of(mesh.group))
                    .all()
                    .get(20, TimeUnit.SECONDS)
                    .get(mesh.group)
                    .members()
                    .stream()
                    .map(m -> m.consumerId())
                    .toList();
        }
    }

    @Test
    void secondWorkerTakesWhatTheBusyOneLeaves() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        TaskHandler blocking =
                (_, _) -> {
                    release.await();
                    return Mesh.DONE;
                };
        try (Mesh mesh = mesh(Map.of());
                TaskWorker first = mesh.worker("busy", blocking)) {
            mesh.send("held");
            mesh.awaitResults(r -> r.size() == 1);
            mesh.send("t1", "t2", "t3");
            try (TaskWorker _ = mesh.worker("idle", DO_NOTHING)) {
                List<TaskMessage> results = mesh.awaitResults(r -> succeeded(r) == 3);

                assertThat(results.subList(1, results.size()))
                        .allMatch(m -> m.lease().worker().endsWith("idle"))
                        .allMatch(m -> m.lease().delivery() == 1);
                assertThat(first.currentTask()).contains(mesh.job + "/held");
                release.countDown();
                mesh.awaitResults(r -> succeeded(r) == 4);
            }
        }
    }

    @Test
    void recordsNobodyCanReadAreRejectedAndKept() throws Exception {
        try (Mesh mesh = mesh(Map.of());
                TaskWorker _ = mesh.worker("a", DO_NOTHING)) {
            byte[] key = mesh.job.value().getBytes(StandardCharsets.UTF_8);
            mesh.sendRecord(new ProducerRecord<>(mesh.topic, key, new byte[] {1, 2}));
            ProducerRecord<byte[], byte[]> unknown =
                    new ProducerRecord<>(mesh.topic, key, new byte[] {'{', '}'});
            unknown.headers().add("ce_id", new byte[] {'1'}).add("ce_type", new byte[] {'x'});
            mesh.sendRecord(unknown);
            mesh.sendRecord(new ProducerRecord<>(mesh.topic, key, null));
            mesh.send("good");

            List<TaskMessage> results = mesh.awaitResults(r -> succeeded(r) == 1);

            assertThat(said(results))
                    .containsExactly("TaskStarted good a1.d1", "TaskSucceeded good a1.d1");
            assertThat(deadLetters(mesh, key))
                    .containsExactly(
                            "missing header ce_type",
                            "unknown message type x",
                            "missing header ce_type");
        }
    }

    private static List<String> deadLetters(Mesh mesh, byte[] key) {
        List<String> reasons = new ArrayList<>();
        Instant end = Instant.now().plusSeconds(20);
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(
                        Map.of(
                                "bootstrap.servers",
                                mesh.bootstrap,
                                "auto.offset.reset",
                                "earliest"),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer())) {
            consumer.assign(List.of(new TopicPartition(Topics.DEAD_LETTERS, 0)));
            while (reasons.size() < 3 && Instant.now().isBefore(end)) {
                for (ConsumerRecord<byte[], byte[]> r : consumer.poll(Duration.ofMillis(200))) {
                    if (Arrays.equals(key, r.key())) {
                        byte[] reason = r.headers().lastHeader("sparsemesh_reason").value();
                        reasons.add(new String(reason, StandardCharsets.UTF_8));
                    }
                }
            }
        }
        return reasons;
    }

    @Test
    void resultOutlivesABrokerThatIsKilledMeanwhile(@TempDir Path folder) throws Exception {
        CountDownLatch working = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        TaskHandler waiting =
                (task, _) -> {
                    working.countDown();
                    release.await();
                    return Mesh.DONE;
                };
        try (LocalKafka kafka = LocalKafka.start(folder);
                Mesh mesh = new Mesh(kafka.bootstrapServers(), Map.of());
                TaskWorker worker = mesh.worker("a", waiting)) {
            mesh.send("t1");
            assertThat(working.await(30, TimeUnit.SECONDS)).isTrue();
            kafka.kill();
            release.countDown();
            sleep(Duration.ofSeconds(4));
            assertThat(worker.isConnected()).isFalse();
            assertThat(worker.isAlive()).as("a restart would not help the broker").isTrue();
            kafka.restart();

            mesh.awaitResults(r -> succeeded(r) == 1);
            mesh.send("t2");
            List<TaskMessage> results = mesh.awaitResults(r -> succeeded(r) == 2);

            assertThat(said(results))
                    .containsExactly(
                            "TaskStarted t1 a1.d1",
                            "TaskSucceeded t1 a1.d1",
                            "TaskStarted t2 a1.d1",
                            "TaskSucceeded t2 a1.d1");
        }
    }

    @Test
    void abandonedTaskStopsAndSaysSo() throws Exception {
        TaskHandler patient =
                (task, context) -> {
                    while (!task.task().value().equals("after")) {
                        context.checkAbandoned();
                        sleep(Duration.ofMillis(20));
                    }
                    return Mesh.DONE;
                };
        try (Mesh mesh = mesh(Map.of());
                TaskWorker worker = mesh.worker("a", patient)) {
            assertThat(worker.listening().await(30, TimeUnit.SECONDS)).isTrue();
            mesh.send("t");
            mesh.awaitResults(r -> r.size() == 1);
            mesh.abandon();
            mesh.awaitResults(r -> r.size() == 2);
            mesh.send("after");

            List<TaskMessage> results = mesh.awaitResults(r -> succeeded(r) == 1);

            assertThat(((TaskFailed) results.get(1)).failure().kind())
                    .isEqualTo(Failure.Kind.ABANDONED);
        }
    }

    @Test
    void workerThatStopsFinishesItsTaskAndLeaves() throws Exception {
        CountDownLatch working = new CountDownLatch(1);
        CompletableFuture<TaskWorker> itself = new CompletableFuture<>();
        CompletableFuture<Boolean> aliveMeanwhile = new CompletableFuture<>();
        TaskHandler slow =
                (_, _) -> {
                    working.countDown();
                    sleep(Duration.ofSeconds(2));
                    aliveMeanwhile.complete(itself.join().isAlive());
                    return Mesh.DONE;
                };
        try (Mesh mesh = mesh(Map.of())) {
            TaskWorker worker = mesh.worker("a", slow);
            itself.complete(worker);
            mesh.send("t1", "t2");
            assertThat(working.await(30, TimeUnit.SECONDS)).isTrue();

            worker.close();

            assertThat(aliveMeanwhile).isCompletedWithValue(true);
            assertThat(worker.isAlive()).isFalse();
            assertThat(said(mesh.awaitResults(r -> r.size() >= 2)))
                    .containsExactly("TaskStarted t1 a1.d1", "TaskSucceeded t1 a1.d1");
            WorkerStatus last = mesh.states().getLast();
            assertThat(last.leaving()).isTrue();
            assertThat(last.currentTask()).isEmpty();
            try (TaskWorker _ = mesh.worker("b", DO_NOTHING)) {
                mesh.awaitResults(r -> succeeded(r) == 2);
            }
        }
    }

    @Test
    void workerThatMustStopHandsItsTaskBack() throws Exception {
        CountDownLatch working = new CountDownLatch(1);
        TaskHandler endless =
                (_, context) -> {
                    working.countDown();
                    while (true) {
                        context.checkAbandoned();
                        sleep(Duration.ofMillis(20));
                    }
                };
        try (Mesh mesh = mesh(Map.of())) {
            TaskWorker worker = mesh.worker("a", Duration.ofMillis(300), endless);
            mesh.send("t");
            assertThat(working.await(30, TimeUnit.SECONDS)).isTrue();

            worker.close();

            List<TaskMessage> results = mesh.awaitResults(r -> r.size() == 2);
            assertThat(results.getFirst()).isInstanceOf(TaskStarted.class);
            Failure failure = ((TaskFailed) results.get(1)).failure();
            assertThat(failure.kind()).isEqualTo(Failure.Kind.LOST);
            assertThat(failure.retryable()).isTrue();
        }
    }
}
