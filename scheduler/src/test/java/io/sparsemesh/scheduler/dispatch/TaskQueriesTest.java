package io.sparsemesh.scheduler.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.embedded.LocalInfra;
import io.sparsemesh.embedded.ScratchDatabase;
import io.sparsemesh.scheduler.core.DispatchWindow;
import io.sparsemesh.scheduler.core.DispatchWindow.Candidate;
import io.sparsemesh.scheduler.core.DispatchWindow.Pace;
import io.sparsemesh.scheduler.core.DispatchWindow.Share;
import io.sparsemesh.scheduler.core.Pool;
import io.sparsemesh.scheduler.core.TenantTurns;
import io.sparsemesh.scheduler.database.Database;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

/// What the database leaves out is never what would have been chosen.
class TaskQueriesTest {

    private static final String ALL =
            """
            select j.tenant, t.job_id, t.task_id, j.priority, j.created_at, t.ordinal
            from scheduler.task t join scheduler.job j on j.id = t.job_id
            where t.status = 'READY' and t.pool = ? and t.not_before <= now()
            """;

    private static final String JOB =
            """
            insert into scheduler.job values
                ('%s', '{}', 'PRUNING', '', %d, '2026-01-01'::timestamptz + %d * interval '1 s',
                 now(), 1, 1, null, 0.01, '%s');
            """;

    private static final String TASK =
            """
            insert into scheduler.task values
                ('%s', 't%d', %d, 'SOLVE', '%s', '{}', '%s', 1, 0, 0, 0, '', '',
                 now() + %d * interval '1 h', now(), now(), now(), 0, null, null);
            """;

    private static final List<String> STATUSES =
            List.of("PENDING", "READY", "READY", "READY", "QUEUED", "RUNNING", "SUCCEEDED");

    private static ScratchDatabase migrated(LocalInfra infra) throws SQLException {
        ScratchDatabase database = ScratchDatabase.of(infra);
        Flyway.configure()
                .dataSource(database.jdbcUrl(), infra.user(), infra.password())
                .schemas("scheduler")
                .load()
                .migrate();
        return database;
    }

    private static Database database(LocalInfra infra, ScratchDatabase scratch) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(scratch.jdbcUrl());
        source.setUser(infra.user());
        source.setPassword(infra.password());
        return new Database(source);
    }

    private static String rows(Random random, int jobs) {
        StringBuilder sql = new StringBuilder();
        for (int j = 0; j < jobs; j++) {
            String job = "job-%02d".formatted(random.nextInt(100) * 100 + j);
            String tenant = "tenant-" + random.nextInt(3);
            sql.append(JOB.formatted(job, random.nextInt(3) - 1, random.nextInt(5), tenant));
            boolean begun = random.nextInt(4) == 0;
            int tasks = random.nextInt(12);
            for (int t = 0; t < tasks; t++) {
                String status = begun ? STATUSES.get(random.nextInt(STATUSES.size())) : "READY";
                Pool pool = random.nextInt(5) == 0 ? Pool.EVALUATIONS : Pool.LAYERS;
                int later = random.nextInt(6) == 0 ? 1 : -1;
                sql.append(TASK.formatted(job, t, tasks - t, pool, status, later));
            }
        }
        return sql.toString();
    }

    private static List<Candidate> all(Database database, Pool pool) {
        return database.list(
                ALL,
                row ->
                        new Candidate(
                                new Share(row.getString(1), new JobId(row.getString(2))),
                                new TaskId(row.getString(3)),
                                row.getInt(4),
                                Database.instant(row, 5).orElseThrow(),
                                row.getInt(6)),
                pool.name());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 40})
    void choosesAsIfAllReadyTasksWereLookedAt(int idle) throws SQLException {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        LocalInfra infra = LocalInfra.shared().startBoth();
        try (ScratchDatabase scratch = migrated(infra)) {
            scratch.execute(rows(new Random(seed), 40));
            Database database = database(infra, scratch);
            TaskQueries queries = new TaskQueries(database);
            for (Pool pool : Pool.values()) {
                List<Candidate> all = all(database, pool);
                Map<Share, Integer> queued = database.transaction(queries::queued).get(pool);
                Map<Share, Integer> running = database.transaction(queries::running).get(pool);
                int busy = running.values().stream().mapToInt(n -> n).sum();
                int lying = queued.values().stream().mapToInt(n -> n).sum();
                Pace pace = new Pace(queued, running, busy + lying + idle, Optional.empty());
                assertThat(pace.room()).isPositive();

                List<Candidate> ready =
                        database.transaction(
                                transaction -> queries.ready(transaction, pool, pace.room()));

                List<Candidate> expected = DispatchWindow.choose(all, pace, new TenantTurns());
                assertThat(DispatchWindow.choose(ready, pace, new TenantTurns()))
                        .as("seed %d, %s, room for %d", seed, pool, pace.room())
                        .isEqualTo(expected);
                assertThat(expected).isNotEmpty();
                assertThat(ready).hasSizeLessThanOrEqualTo(all.size());
            }
        }
    }

    @Test
    void ofManyJobsOnlyThoseOfTheirTenantsTurnsAreRead() throws SQLException {
        LocalInfra infra = LocalInfra.shared().startBoth();
        try (ScratchDatabase scratch = migrated(infra)) {
            StringBuilder sql = new StringBuilder();
            for (int j = 0; j < 50; j++) {
                String job = "job-%02d".formatted(j);
                sql.append(JOB.formatted(job, 0, j, j == 49 ? "late" : "early"));
                for (int t = 0; t < 5; t++) {
                    sql.append(TASK.formatted(job, t, t, Pool.LAYERS, "READY", -1));
                }
            }
            scratch.execute(sql.toString());
            Database database = database(infra, scratch);
            TaskQueries queries = new TaskQueries(database);

            List<Candidate> ready =
                    database.transaction(transaction -> queries.ready(transaction, Pool.LAYERS, 2));

            assertThat(ready)
                    .extracting(candidate -> candidate.job().value())
                    .containsExactlyInAnyOrder(
                            "job-00", "job-00", "job-01", "job-01", "job-49", "job-49");
        }
    }
}
