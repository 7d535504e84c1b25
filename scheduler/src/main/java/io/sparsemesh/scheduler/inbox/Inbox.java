package io.sparsemesh.scheduler.inbox;

import io.sparsemesh.scheduler.database.Database;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Connection;
import java.sql.SQLException;
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

    /// Forgets what the broker, which keeps records for a week, has forgotten too.
    public void forget() {
        database.update(
                "delete from scheduler.inbox where received_at < now() - interval '8 days'");
    }
}
