package io.sparsemesh.gateway.projection;

import java.sql.SQLException;

/// Tells a database that is away from a record that it will never take.
final class Failures {

    private Failures() {}

    /// Whether trying again cannot help: the data or the statement is at fault.
    static boolean arePermanent(Throwable failure) {
        for (Throwable t = failure; t != null; t = t.getCause()) {
            if (t instanceof SQLException sql) {
                String state = String.valueOf(sql.getSQLState());
                return state.startsWith("22") || state.startsWith("23") || state.startsWith("42");
            }
            if (t instanceof NullPointerException || t instanceof IllegalArgumentException) {
                return true;
            }
        }
        return false;
    }
}
