package io.sparsemesh.scheduler.inbox;

import io.sparsemesh.scheduler.database.Database;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/// Knows the messages whose effect is in the database.
@ApplicationScoped
public class Inbox {

    private static final String ADD =
            "insert into scheduler.inbox (event_id) select unnest(?) on conflict do nothing"
                    + " returning event_id";

    private final Database database;

    Inbox(Database database) {
        this.database = database;
    }

    /// Notes messages in a transaction.
    ///
    /// @return those that are there for the first time
    public Set<String> add(Connection transaction, Collection<String> eventIds)
            throws SQLException {
        if (eventIds.isEmpty()) {
            return Set.of();
        }
        String[] ids = eventIds.stream().distinct().sorted().toArray(String[]::new);
        return new HashSet<>(
                Database.list(transaction, ADD, row -> row.getString(1), (Object) ids));
    }

    /// Forgets what was processed so long ago that the broker has forgotten it too.
    public void forget(Duration age) {
        database.update(
                "delete from scheduler.inbox where received_at < now() - make_interval(secs => ?)",
                age.toMillis() / 1000.0);
    }
}
