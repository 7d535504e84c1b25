package io.sparsemesh.scheduler.removal;

import io.sparsemesh.contracts.artifact.ArtifactKeys;
import io.sparsemesh.scheduler.SchedulerSettings;
import io.sparsemesh.scheduler.core.Command;
import io.sparsemesh.scheduler.database.Database;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// What is to be removed from the artifact store. It is noted in the transaction that decides it,
/// so that a store that is away holds up nothing, and nothing is forgotten.
@ApplicationScoped
public class Removals {

    private static final String ADD =
            "insert into scheduler.removal (prefix, attempt, due)"
                    + " values (?, ?, now() + make_interval(secs => ?))";
    private static final String DUE =
            "select id, prefix, coalesce(attempt, -1) from scheduler.removal where due <= now()"
                    + " order by due limit ? for update skip locked";
    private static final String DONE = "delete from scheduler.removal where id = any (?)";
    private static final String LATER =
            "update scheduler.removal set due = now() + interval '10 seconds' where id = ?";

    /// @param through attempt of the task of that prefix up to which outputs go; none for all that
    ///     lies there
    record Removal(long id, String prefix, OptionalInt through) {}

    private final Duration sweepAfter;

    Removals(SchedulerSettings settings) {
        this.sweepAfter = settings.sweepAfter();
    }

    /// Notes those of the commands that remove something. All of a job is removed twice: an attempt
    /// that was believed lost may write once more, and end before it can say so.
    public void add(Connection transaction, List<Command> commands) throws SQLException {
        List<Object[]> rows = new ArrayList<>();
        for (Command command : commands) {
            switch (command) {
                case Command.DeleteArtifacts(var job) -> {
                    rows.add(row(ArtifactKeys.jobPrefix(job), Optional.empty(), Duration.ZERO));
                    rows.add(row(ArtifactKeys.jobPrefix(job), Optional.empty(), sweepAfter));
                }
                case Command.DeleteOutputs(var job, var task, int attempt) ->
                        rows.add(
                                row(
                                        ArtifactKeys.taskPrefix(job, task),
                                        Optional.of(attempt),
                                        Duration.ZERO));
                case Command.PublishTask _, Command.Emit _, Command.Abandon _ -> {}
            }
        }
        Database.batch(transaction, ADD, rows);
    }

    private static Object[] row(String prefix, Optional<Integer> attempt, Duration after) {
        return new Object[] {prefix, attempt, after.toSeconds()};
    }

    /// The oldest that are due, locked; another process gets others.
    List<Removal> due(Connection transaction, int most) throws SQLException {
        return Database.list(
                transaction,
                DUE,
                row ->
                        new Removal(
                                row.getLong(1),
                                row.getString(2),
                                row.getInt(3) < 0
                                        ? OptionalInt.empty()
                                        : OptionalInt.of(row.getInt(3))),
                most);
    }

    void done(Connection transaction, List<Long> ids) throws SQLException {
        if (!ids.isEmpty()) {
            Database.update(transaction, DONE, (Object) ids.toArray(Long[]::new));
        }
    }

    /// Tries it again, but not at once.
    void later(Connection transaction, long id) throws SQLException {
        Database.update(transaction, LATER, id);
    }
}
