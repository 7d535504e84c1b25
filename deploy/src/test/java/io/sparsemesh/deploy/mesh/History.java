package io.sparsemesh.deploy.mesh;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.message.MessageCodec;
import io.sparsemesh.contracts.message.MessageException;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/// Reads events, database and outputs after a run, and holds the mesh to what it promises.
final class History {

    private static final Duration END = Duration.ofSeconds(Long.getLong("chaos.end", 300));
    private static final Duration SETTLE = Duration.ofSeconds(15).plus(ChaosMesh.SWEEP_AFTER);

    private final TestMesh mesh;
    private final Map<Promise, List<String>> violations = new EnumMap<>(Promise.class);
    private final Map<Promise, Integer> checks = new EnumMap<>(Promise.class);
    private int takenBack;

    enum Promise {
        /// No accepted job is lost, and each ends well.
        ACCEPTED_JOBS_SUCCEED,
        /// Each task, so each layer, contributes exactly one result.
        ONE_RESULT_OF_EACH_TASK,
        /// The output's bits are those of the undisturbed run.
        SAME_BITS,
        /// Events of a job have no gap and keep their order, in the database and the page.
        EVENTS_WITHOUT_GAP,
        /// The same for who watches the stream of all jobs and comes back after each cut.
        STREAM_WITHOUT_GAP,
        /// Nothing is left to do or to tell.
        NOTHING_LEFT_BEHIND,
        /// Records that nobody can read lie among the dead letters, and hold nothing up.
        POISON_IS_SET_ASIDE,
        /// While one service is away the others serve what they can.
        OTHERS_SERVE
    }

    History(TestMesh mesh) {
        this.mesh = mesh;
    }

    private void check(Promise promise, boolean kept, String violation) {
        checks.merge(promise, 1, Integer::sum);
        if (!kept) {
            violations.computeIfAbsent(promise, _ -> new ArrayList<>()).add(violation);
        }
    }

    /// Waits for a job's end and looks at everything it left.
    ///
    /// @param undisturbed digests of the same job's files
    void judge(ChaosJobs.Accepted job, Map<String, String> undisturbed) throws Exception {
        String what = job.kind().name() + " " + job.id();
        JsonNode ended = ended(job.id());
        String state = ended.path("state").asText();
        check(Promise.ACCEPTED_JOBS_SUCCEED, state.equals("SUCCEEDED"), what + ": " + ended);
        if (!state.equals("SUCCEEDED")) {
            return;
        }
        List<JsonNode> events = mesh.client.events(job.id());
        events(what, events);
        results(what, job.id(), events);
        Map<String, String> files = OutputFiles.digests(job.output());
        check(Promise.SAME_BITS, files.equals(undisturbed), what + ": " + files);
    }

    /// A job that does not end in time is seen as it is then.
    private JsonNode ended(String job) throws InterruptedException {
        try {
            return mesh.client.await(job, END);
        } catch (AssertionError tooLate) {
            return mesh.client.job(job);
        }
    }

    private void events(String what, List<JsonNode> events) {
        boolean whole = true;
        for (int i = 0; i < events.size(); i++) {
            whole &= events.get(i).path("seq").asLong() == i + 1;
        }
        check(Promise.EVENTS_WITHOUT_GAP, whole && !events.isEmpty(), what + ": a gap");
    }

    private void results(String what, String id, List<JsonNode> events) throws Exception {
        Map<String, Integer> successes = new TreeMap<>();
        for (JsonNode event : events) {
            if (event.path("type").asText().equals("task.changed")) {
                JsonNode data = event.path("data");
                if (data.path("state").asText().equals("SUCCEEDED")) {
                    successes.merge(data.path("task").asText(), 1, Integer::sum);
                } else if (isTakenBack(data)) {
                    successes.merge(data.path("task").asText(), -1, Integer::sum);
                    takenBack++;
                }
            }
        }
        check(
                Promise.ONE_RESULT_OF_EACH_TASK,
                successes.values().stream().allMatch(n -> n == 1) && !successes.isEmpty(),
                what + ": " + successes);
        List<JsonNode> layers = mesh.client.layers(id);
        check(
                Promise.ONE_RESULT_OF_EACH_TASK,
                layers.stream().allMatch(l -> l.path("state").asText().equals("SUCCEEDED"))
                        && layers.stream().map(l -> l.path("name").asText()).distinct().count()
                                == layers.size()
                        && !layers.isEmpty(),
                what + ": layers " + layers);
    }

    /// A result of which an artifact was found damaged, or one that is needed again for that.
    private static boolean isTakenBack(JsonNode data) {
        String why = data.path("message").asText();
        return data.path("state").asText().equals("RETRYING")
                && (why.startsWith("its artifact is damaged")
                        || why.startsWith("its artifacts, which were removed"));
    }

    /// Results that were made anew because an artifact was damaged, or removed and needed.
    int takenBack() {
        return takenBack;
    }

    /// @param probes how often the gateway was asked while something was away
    /// @param unanswered what it did not answer as it should
    void served(int probes, List<String> unanswered) {
        for (int i = 0; i < probes; i++) {
            check(
                    Promise.OTHERS_SERVE,
                    i >= unanswered.size(),
                    i < unanswered.size() ? unanswered.get(i) : "");
        }
    }

    /// @param problems that a watcher of the stream of all jobs found
    /// @param seen jobs of which it got all events, those that ended
    void stream(List<String> problems, int seen, int jobs) {
        check(Promise.STREAM_WITHOUT_GAP, problems.isEmpty(), problems.toString());
        check(
                Promise.STREAM_WITHOUT_GAP,
                seen == jobs,
                "saw the ends of %d jobs of %d".formatted(seen, jobs));
    }

    /// What the tables hold when every job has ended, and the messages have had time to go.
    void tables() throws SQLException, InterruptedException {
        none(
                "unfinished tasks of jobs that ended",
                "select count(*) from scheduler.task t"
                        + " join scheduler.job j on j.id = t.job_id"
                        + " where t.status in ('READY', 'QUEUED', 'RUNNING')");
        none("messages of the scheduler", "select count(*) from scheduler.outbox");
        none("messages of the gateway", "select count(*) from gateway.outbox");
        none("artifacts to be removed", "select count(*) from scheduler.removal");
        none(
                "jobs whose stored events have a gap",
                "select count(*) from (select job_id from gateway.event"
                        + " where job_id in (select id from gateway.job) group by job_id"
                        + " having count(*) <> max(seq) or min(seq) <> 1) gaps");
        none(
                "jobs that one of scheduler and gateway has deleted",
                "select count(*) from scheduler.job s full join gateway.job g on g.id = s.id"
                        + " where s.id is null or g.id is null");
        none(
                "jobs that scheduler and gateway see differently",
                "select count(*) from scheduler.job s join gateway.job g on g.id = s.id"
                        + " where s.state <> g.state");
    }

    /// What deleted jobs left in the store.
    void artifacts(ChaosMesh chaos) throws IOException, InterruptedException {
        Instant end = Instant.now().plus(SETTLE);
        List<Path> left = chaos.artifacts();
        while (!left.isEmpty() && Instant.now().isBefore(end)) {
            Thread.sleep(Duration.ofMillis(200));
            left = chaos.artifacts();
        }
        check(
                Promise.NOTHING_LEFT_BEHIND,
                left.isEmpty(),
                "%d artifacts of deleted jobs, such as %s"
                        .formatted(left.size(), left.stream().findFirst().orElse(null)));
    }

    /// What was told last may be on its way.
    private void none(String what, String sql) throws SQLException, InterruptedException {
        Instant end = Instant.now().plus(SETTLE);
        long found = count(sql);
        while (found > 0 && Instant.now().isBefore(end)) {
            Thread.sleep(Duration.ofMillis(200));
            found = count(sql);
        }
        check(Promise.NOTHING_LEFT_BEHIND, found == 0, found + " " + what);
    }

    private long count(String sql) throws SQLException {
        try (Connection connection =
                        DriverManager.getConnection(
                                mesh.postgres.jdbcUrl(),
                                mesh.postgres.user(),
                                mesh.postgres.password());
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getLong(1);
        }
    }

    /// @param poisoned how often every topic got records that nobody can read
    void deadLetters(int poisoned) {
        List<ConsumerRecord<byte[], byte[]>> letters = deadLetters();
        check(
                Promise.POISON_IS_SET_ASIDE,
                letters.size() >= poisoned * Fault.READERS_WITH_DEAD_LETTERS,
                "%d dead letters of %d times poison".formatted(letters.size(), poisoned));
        List<String> readable = letters.stream().flatMap(l -> type(l).stream()).toList();
        check(
                Promise.POISON_IS_SET_ASIDE,
                readable.isEmpty(),
                "dead letters that are no poison: " + readable);
    }

    private List<ConsumerRecord<byte[], byte[]>> deadLetters() {
        Map<String, Object> settings = Map.of("bootstrap.servers", mesh.kafka.bootstrapServers());
        List<ConsumerRecord<byte[], byte[]>> letters = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(
                        settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions =
                    consumer.partitionsFor(Topics.DEAD_LETTERS).stream()
                            .map(info -> new TopicPartition(info.topic(), info.partition()))
                            .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
                consumer.poll(Duration.ofMillis(200)).forEach(letters::add);
            }
        }
        return letters;
    }

    /// What the message is, if it is one.
    private static Optional<String> type(ConsumerRecord<byte[], byte[]> letter) {
        Map<String, String> headers = new HashMap<>();
        letter.headers().forEach(h -> headers.put(h.key(), MessageCodec.text(h.value())));
        try {
            return Optional.of(
                    MessageCodec.decode(headers, letter.value()).message().getClass().getName());
        } catch (MessageException e) {
            return Optional.empty();
        }
    }

    Map<Promise, List<String>> violations() {
        return violations;
    }

    /// A line for each promise.
    String table() {
        StringBuilder table =
                new StringBuilder("%-26s %8s %10s%n".formatted("promise", "checks", "violations"));
        for (Promise promise : Promise.values()) {
            int broken = violations.getOrDefault(promise, List.of()).size();
            table.append(
                    "%-26s %8d %10d%n".formatted(promise, checks.getOrDefault(promise, 0), broken));
        }
        return table.toString();
    }
}
