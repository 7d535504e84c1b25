package io.sparsemesh.scheduler.autoscaling;

import io.sparsemesh.scheduler.SchedulerSettings;
import io.sparsemesh.scheduler.core.Pool;
import io.sparsemesh.scheduler.database.Database;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/// Counts what each pool could do now. The database alone is asked, so every replica gives the same
/// answer, and gives it while Kafka is away.
@ApplicationScoped
class Demands {

    private static final String COUNT =
            """
            select 'pool', pool,
                count(*) filter (where status = 'RUNNING'),
                count(*) filter (where status = 'QUEUED'),
                count(*) filter (where status = 'READY' and not_before <= clock_timestamp())
            from scheduler.task where status in ('READY', 'QUEUED', 'RUNNING') group by pool
            union all
            select 'role', role, count(*), 0, 0 from scheduler.worker
            where not leaving and last_seen > now() - ? * interval '1 millisecond' group by role
            """;

    private final Database database;
    private final Duration silence;

    Demands(Database database, SchedulerSettings settings) {
        this.database = database;
        this.silence = settings.workerSilence();
    }

    /// A row of the answer: a pool's tasks, or the workers of a role.
    private record Row(boolean tasks, String name, long first, long queued, long ready) {

        static Row of(ResultSet row) throws SQLException {
            return new Row(
                    row.getString(1).equals("pool"),
                    row.getString(2),
                    row.getLong(3),
                    row.getLong(4),
                    row.getLong(5));
        }

        Demand addTo(Demand known) {
            return tasks
                    ? new Demand(first, queued, ready, known.live())
                    : new Demand(known.running(), known.queued(), known.ready(), first);
        }
    }

    /// @throws io.sparsemesh.scheduler.database.DatabaseException if the database fails
    Map<Pool, Demand> now() {
        Map<Pool, Demand> demands = new EnumMap<>(Pool.class);
        for (Pool pool : Pool.values()) {
            demands.put(pool, Demand.NONE);
        }
        for (Row row : database.list(COUNT, Row::of, silence.toMillis())) {
            if (row.tasks()) {
                demands.computeIfPresent(Pool.valueOf(row.name()), (_, known) -> row.addTo(known));
            } else {
                Pool.ofRole(row.name())
                        .ifPresent(
                                pool ->
                                        demands.computeIfPresent(
                                                pool, (_, known) -> row.addTo(known)));
            }
        }
        return demands;
    }
}
