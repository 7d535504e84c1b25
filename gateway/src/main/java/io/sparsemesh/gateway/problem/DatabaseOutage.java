package io.sparsemesh.gateway.problem;

import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.stream.Stream;

/// Tells a database that is away, or was restarted in the middle of a request, from an error of the
/// gateway.
final class DatabaseOutage {

    static final String DETAIL =
            "the database does not answer; ask again, a submission under the same Idempotency-Key";
    static final int RETRY_AFTER_SECONDS = 2;

    /// PostgreSQL's classes of states: connection exception, insufficient resources (too many
    /// connections), operator intervention (shutdown, crash, starting up).
    private static final String AWAY = "(08|53|57P).*";

    private DatabaseOutage() {}

    static boolean caused(Throwable thrown) {
        return Stream.iterate(thrown, t -> t != null, Throwable::getCause)
                .anyMatch(t -> t instanceof SQLException e && isAway(e));
    }

    /// The pool of connections tells no state when it waits for one in vain.
    private static boolean isAway(SQLException e) {
        return e instanceof SQLTransientConnectionException
                || e.getSQLState() == null
                || e.getSQLState().matches(AWAY);
    }
}
