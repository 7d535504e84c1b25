package io.sparsemesh.scheduler.worker;

import io.sparsemesh.contracts.event.WorkerStatus;
import io.sparsemesh.scheduler.SchedulerSettings;
import io.sparsemesh.scheduler.core.Pool;
import io.sparsemesh.scheduler.database.Database;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Who is there. Times are the database's, at which a status was received.
@ApplicationScoped
public class Workers {

    private static final String SEEN =
            """
            insert into scheduler.worker as known
                (name, role, current_task, leaving, idle_since, last_seen)
            values (?, ?, ?, ?, case when ? then now() end, now())
            on conflict (name) do update set role = excluded.role,
                current_task = excluded.current_task, leaving = excluded.leaving,
                idle_since = case when excluded.idle_since is not null
                    then coalesce(known.idle_since, excluded.idle_since) end,
                last_seen = excluded.last_seen
            """;
    private static final String LIVE =
            "select role, count(*) from scheduler.worker"
                    + " where not leaving and last_seen > now() - ? * interval '1 millisecond'"
                    + " group by role";
    private static final String IDLE =
            "select distinct role from scheduler.worker"
                    + " where not leaving and last_seen > now() - ? * interval '1 millisecond'"
                    + " and idle_since < now() - ? * interval '1 millisecond'";

    private final Database database;
    private final Duration silence;
    private final Duration idleFor;

    Workers(Database database, SchedulerSettings settings) {
        this.database = database;
        this.silence = settings.workerSilence();
        this.idleFor = settings.idleFor();
    }

    /// Notes what workers said of themselves, in order.
    public void seen(List<WorkerStatus> said) {
        database.transaction(
                transaction -> {
                    Database.batch(transaction, SEEN, said.stream().map(Workers::row).toList());
                    return said;
                });
    }

    private static Object[] row(WorkerStatus status) {
        return new Object[] {
            status.worker(),
            status.role(),
            status.currentTask(),
            status.leaving(),
            status.currentTask().isEmpty()
        };
    }

    private record Count(String role, int workers) {}

    /// Live workers that take tasks, by pool.
    public Map<Pool, Integer> live() {
        Map<Pool, Integer> live = new EnumMap<>(Pool.class);
        for (Count count :
                database.list(
                        LIVE,
                        row -> new Count(row.getString(1), row.getInt(2)),
                        silence.toMillis())) {
            Pool.ofRole(count.role())
                    .ifPresent(pool -> live.merge(pool, count.workers(), Integer::sum));
        }
        return live;
    }

    /// Pools that have a live worker which has been idle for a while: what lies in their topics
    /// should have been taken.
    public Set<Pool> idle() {
        Set<Pool> idle = EnumSet.noneOf(Pool.class);
        for (String role :
                database.list(
                        IDLE, row -> row.getString(1), silence.toMillis(), idleFor.toMillis())) {
            Pool.ofRole(role).ifPresent(idle::add);
        }
        return idle;
    }

    /// Forgets processes that are long gone: each has a name of its own.
    public void forget() {
        database.update("delete from scheduler.worker where last_seen < now() - interval '1 day'");
    }
}
