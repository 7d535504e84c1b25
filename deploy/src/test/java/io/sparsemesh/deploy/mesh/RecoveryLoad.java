package io.sparsemesh.deploy.mesh;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.sparsemesh.deploy.client.Gateway;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/// A scheduler that is killed while many tasks run: what its successor takes up, and when. While it
/// is away some tasks end and some workers die.
final class RecoveryLoad {

    private static final Duration LIMIT = Duration.ofMinutes(4);
    private static final Duration AWAY = Duration.ofSeconds(3);
    private static final int READY_AT_ONCE = 8;
    private static final String WITH_STATUS =
            "select count(*) from scheduler.task where status = ?";

    private final LoadMesh load;
    private final int running;

    /// @param takenUpAfterReady seconds until every task that runs had a heartbeat counted, and
    ///     every result that came meanwhile, since the new scheduler was ready
    /// @param takenUpAfterStart the same since its process was started
    /// @param reapedAfterReady seconds until those whose workers died were handed out again
    /// @param handedOutAgain tasks that were handed out more than once
    /// @param wrongly those of them whose worker lived
    record Report(
            int running,
            @JsonProperty("succeeded_meanwhile") int succeededMeanwhile,
            @JsonProperty("died_meanwhile") int diedMeanwhile,
            @JsonProperty("ready_s") double ready,
            @JsonProperty("taken_up_after_ready_s") double takenUpAfterReady,
            @JsonProperty("taken_up_after_start_s") double takenUpAfterStart,
            @JsonProperty("reaped_after_ready_s") double reapedAfterReady,
            @JsonProperty("handed_out_again") long handedOutAgain,
            @JsonProperty("wrongly_handed_out_again") long wrongly,
            Map<String, Long> books,
            boolean correct) {}

    /// @param running tasks at the moment of the kill, a multiple of 8
    RecoveryLoad(LoadMesh load, int running) {
        this.load = load;
        this.running = running;
    }

    Report run() throws Exception {
        Gateway users = load.as("recovery");
        int jobs = running / READY_AT_ONCE;
        load.submit(users, "recovery", jobs);
        try (CrowdOfWorkers crowd =
                new CrowdOfWorkers(load.mesh.kafka.bootstrapServers(), running)) {
            load.database.await(running, LIMIT, WITH_STATUS, "RUNNING");
            Timestamp kill = now();
            load.mesh.scheduler.kill();
            int ended = running / 10;
            crowd.succeed(ended);
            List<String> lost = crowd.die(running / 20);
            Thread.sleep(AWAY);
            Instant start = Instant.now();
            load.mesh.scheduler.launch();
            load.mesh.scheduler.awaitReady();
            Instant ready = Instant.now();
            awaitTakenUp(ended, lost.size(), kill);
            Instant up = Instant.now();
            load.database.await(
                    lost.size(),
                    LIMIT,
                    "select count(*) from scheduler.task where losses > 0 and status = 'RUNNING'");
            Instant reaped = Instant.now();
            crowd.work();
            Accounts books = Accounts.settle(load, jobs, LIMIT);
            List<String> again =
                    crowd.taken().entrySet().stream()
                            .filter(task -> task.getValue() > 1)
                            .map(Map.Entry::getKey)
                            .toList();
            long wrongly = again.stream().filter(task -> !lost.contains(task)).count();
            return new Report(
                    running,
                    ended,
                    lost.size(),
                    seconds(start, ready),
                    seconds(ready, up),
                    seconds(start, up),
                    seconds(ready, reaped),
                    again.size(),
                    wrongly,
                    books.found(),
                    books.areCorrect() && wrongly == 0 && again.size() == lost.size());
        }
    }

    /// Whoever lives has been heard since the kill, and what ended then is counted.
    private void awaitTakenUp(int ended, int lost, Timestamp kill)
            throws SQLException, InterruptedException {
        load.database.await(ended, LIMIT, WITH_STATUS, "SUCCEEDED");
        load.database.await(
                running - ended - lost,
                LIMIT,
                "select count(*) from scheduler.task where status = 'RUNNING' and losses = 0"
                        + " and started_at < ? and heartbeat_at > ?",
                kill,
                kill);
    }

    private Timestamp now() throws SQLException {
        return load.database
                .list("select clock_timestamp()", row -> row.getTimestamp(1))
                .getFirst();
    }

    private static double seconds(Instant from, Instant to) {
        return Duration.between(from, to).toMillis() / 1000.0;
    }
}
