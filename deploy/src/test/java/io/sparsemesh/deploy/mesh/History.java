package io.sparsemesh.deploy.mesh;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;

/// Reads events, database and outputs after a run, and holds the mesh to what it promises.
final class History {

    private static final Duration END = Duration.ofSeconds(Long.getLong("chaos.end", 300));
    private static final Duration SETTLE = Duration.ofSeconds(15).plus(ChaosMesh.SWEEP_AFTER);

    /// A record that a worker held when it died comes again after its lock.
    private static final Duration LAG_SETTLE = Duration.ofSeconds(90);

    /// Much of what is damaged is never read again; so many times in a row that does not happen.
    private static final int DAMAGES_TO_BE_NOTICED = 10;

    private final TestMesh mesh;
    private final Promises promises;
    private int takenBack;

    History(TestMesh mesh, Promises promises) {
        this.mesh = mesh;
        this.promises = promises;
    }

    private void check(Promise promise, boolean kept, String violation) {
        promises.check(promise, kept, violation);
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

    /// Every group has done what is on its topics.
    void lag() throws InterruptedException, ExecutionException {
        Lag lag = Lag.await(mesh.kafka.bootstrapServers(), LAG_SETTLE);
        for (String group : Lag.groups()) {
            check(
                    Promise.POISON_IS_SET_ASIDE,
                    lag.of(group).isEmpty(),
                    "records that %s has not done: %s".formatted(group, lag.of(group)));
        }
    }

    /// @param doses of poison that every topic got
    void deadLetters(int doses) throws InterruptedException {
        Instant end = Instant.now().plus(SETTLE);
        List<DeadLetters.Letter> letters = DeadLetters.read(mesh.kafka.bootstrapServers());
        while (!Poison.missing(doses, letters).isEmpty() && Instant.now().isBefore(end)) {
            Thread.sleep(Duration.ofMillis(500));
            letters = DeadLetters.read(mesh.kafka.bootstrapServers());
        }
        List<Poison.Label> missing = Poison.missing(doses, letters);
        for (Poison.Label label : Poison.expected(doses)) {
            check(
                    Promise.POISON_IS_SET_ASIDE,
                    !missing.contains(label),
                    "not among the dead letters: " + label);
        }
        List<String> readable = letters.stream().flatMap(l -> l.type().stream()).toList();
        check(
                Promise.POISON_IS_SET_ASIDE,
                readable.isEmpty(),
                "dead letters that are no poison: " + readable);
    }

    /// @param damages how often artifacts were damaged
    void damage(int damages) {
        if (damages >= DAMAGES_TO_BE_NOTICED) {
            check(
                    Promise.DAMAGE_IS_MENDED,
                    takenBack > 0,
                    "no result was made anew, artifacts were damaged %d times".formatted(damages));
        }
    }
}
