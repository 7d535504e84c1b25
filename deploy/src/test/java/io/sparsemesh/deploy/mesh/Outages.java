package io.sparsemesh.deploy.mesh;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.random.RandomGenerator;

/// What the others serve while one service is away.
final class Outages {

    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(15);

    /// A task that an earlier fault took from its worker is handed out again within a lease, or the
    /// lock of its record.
    private static final Duration PROGRESS_LIMIT = Duration.ofSeconds(75);

    private static final String UNFINISHED =
            "state in ('QUEUED', 'PRUNING', 'ASSEMBLING', 'EVALUATING')";

    /// Jobs with something that workers can do now.
    private static final String BUSY =
            "select j.id from scheduler.job j where j."
                    + UNFINISHED
                    + " and exists (select 1 from scheduler.task t where t.job_id = j.id"
                    + " and t.status in ('READY', 'QUEUED', 'RUNNING'))";

    private static final String DONE =
            "select count(*) from scheduler.task where job_id = ? and status = 'SUCCEEDED'";

    private static final String GOES_ON =
            "select count(*) from scheduler.job where id = ? and " + UNFINISHED;

    private final TestMesh mesh;
    private final MeshDatabase database;
    private final ChaosJobs jobs;
    private final Promises promises;
    private final HttpClient http = HttpClient.newHttpClient();
    private final Queue<ChaosJobs.Accepted> accepted = new ConcurrentLinkedQueue<>();
    private int submitted;

    Outages(TestMesh mesh, ChaosJobs jobs, Promises promises) {
        this.mesh = mesh;
        this.database = new MeshDatabase(mesh);
        this.jobs = jobs;
        this.promises = promises;
    }

    private void check(String away, boolean served, String found) {
        promises.check(Promise.OTHERS_SERVE, served, away + " is away: " + found);
    }

    /// The gateway answers.
    ///
    /// @param away what is away
    /// @param status that it answers the list of jobs with
    void expectAnswer(String away, int status) throws InterruptedException {
        try {
            HttpResponse<String> answer =
                    http.send(
                            HttpRequest.newBuilder(mesh.client.gateway().resolve("/v1/jobs"))
                                    .header("Accept", "application/json")
                                    .timeout(ANSWER_LIMIT)
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            check(
                    away,
                    answer.statusCode() == status,
                    "expected %d, found %d %s"
                            .formatted(status, answer.statusCode(), answer.body()));
        } catch (IOException e) {
            check(away, false, "expected %d, found %s".formatted(status, e));
        }
    }

    /// The gateway accepts a job, which is judged as any other.
    void expectAccepted(String away, RandomGenerator random) throws InterruptedException {
        ChaosJobs.Kind kind = jobs.kinds().get(random.nextInt(jobs.kinds().size()));
        try {
            accepted.add(jobs.submitOnce(kind, "away-" + submitted++));
            check(away, true, "");
        } catch (IOException e) {
            check(away, false, "expected that a job is accepted, found " + e);
        }
    }

    /// A job that was accepted by [#expectAccepted], each once.
    Optional<ChaosJobs.Accepted> nextAccepted() {
        return Optional.ofNullable(accepted.poll());
    }

    /// Workers and scheduler go on with jobs that have something to do, if there are any.
    void expectProgress(String away) throws SQLException, InterruptedException {
        Map<String, Long> least = new HashMap<>();
        for (String job : database.list(BUSY, row -> row.getString(1))) {
            least.put(job, database.count(DONE, job));
        }
        if (least.isEmpty()) {
            return;
        }
        Instant end = Instant.now().plus(PROGRESS_LIMIT);
        boolean further = false;
        while (!further && Instant.now().isBefore(end)) {
            Thread.sleep(Duration.ofMillis(100));
            for (String job : least.keySet()) {
                further |= isFurther(job, least);
            }
        }
        check(away, further, "no result in %s of %s".formatted(PROGRESS_LIMIT, least));
    }

    /// A result that is taken back, as it was damaged, does not count against the next one.
    private boolean isFurther(String job, Map<String, Long> least) throws SQLException {
        long done = database.count(DONE, job);
        return done > least.merge(job, done, Math::min) || database.count(GOES_ON, job) == 0;
    }
}
