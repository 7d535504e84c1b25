package io.sparsemesh.scheduler.database;

import java.sql.SQLException;

/// The database did not do what it was asked for; the cause says why.
public final class DatabaseException extends RuntimeException {
    private static final long serialVersionUID = 1;

    DatabaseException(SQLException cause) {
        super(cause.getMessage(), cause);
    }
}
