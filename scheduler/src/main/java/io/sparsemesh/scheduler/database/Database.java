package io.sparsemesh.scheduler.database;

import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;

/// The database in SQL. A transaction costs round trips, so whoever has much to write writes it in
/// one, with one batch for each statement.
@ApplicationScoped
public class Database {

    private final DataSource source;

    public Database(DataSource source) {
        this.source = source;
    }

    /// What is done in a transaction.
    @FunctionalInterface
    public interface Work<T> {
        T in(Connection connection) throws SQLException;
    }

    /// Turns a row into something.
    @FunctionalInterface
    public interface RowReader<T> {
        T read(ResultSet row) throws SQLException;
    }

    /// Commits what `work` does, or nothing of it if it throws.
    ///
    /// @throws DatabaseException if the database fails
    public <T> T transaction(Work<T> work) {
        try (Connection connection = source.getConnection()) {
            connection.setAutoCommit(false);
            try {
                T result = work.in(connection);
                connection.commit();
                return result;
            } catch (SQLException | RuntimeException | Error e) {
                rollback(connection, e);
                throw e;
            }
        } catch (SQLException e) {
            throw new DatabaseException(e);
        }
    }

    private static void rollback(Connection connection, Throwable cause) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            cause.addSuppressed(e);
        }
    }

    /// Asks outside of any transaction.
    ///
    /// @throws DatabaseException if the database fails
    public <T> List<T> list(String query, RowReader<T> reader, Object... parameters) {
        try (Connection connection = source.getConnection()) {
            return list(connection, query, reader, parameters);
        } catch (SQLException e) {
            throw new DatabaseException(e);
        }
    }

    /// All rows of an answer.
    public static <T> List<T> list(
            Connection connection, String query, RowReader<T> reader, Object... parameters)
            throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(query)) {
            bind(select, parameters);
            List<T> rows = new ArrayList<>();
            try (ResultSet result = select.executeQuery()) {
                while (result.next()) {
                    rows.add(reader.read(result));
                }
            }
            return rows;
        }
    }

    /// Changes something outside of any other transaction.
    ///
    /// @throws DatabaseException if the database fails
    public void update(String statement, Object... parameters) {
        try (Connection connection = source.getConnection()) {
            update(connection, statement, parameters);
        } catch (SQLException e) {
            throw new DatabaseException(e);
        }
    }

    /// Runs one statement.
    public static void update(Connection connection, String statement, Object... parameters)
            throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(statement)) {
            bind(update, parameters);
            update.executeUpdate();
        }
    }

    /// Runs one statement for each row of parameters, in order, in one round trip.
    public static void batch(Connection connection, String statement, List<Object[]> rows)
            throws SQLException {
        if (rows.isEmpty()) {
            return;
        }
        try (PreparedStatement update = connection.prepareStatement(statement)) {
            for (Object[] row : rows) {
                bind(update, row);
                update.addBatch();
            }
            update.executeBatch();
        }
    }

    private static void bind(PreparedStatement statement, Object... parameters)
            throws SQLException {
        for (int i = 0; i < parameters.length; i++) {
            Object value =
                    parameters[i] instanceof Optional<?> maybe ? maybe.orElse(null) : parameters[i];
            switch (value) {
                case Instant at -> statement.setObject(i + 1, at.atOffset(ZoneOffset.UTC));
                case String[] texts ->
                        statement.setArray(
                                i + 1, statement.getConnection().createArrayOf("text", texts));
                case Long[] numbers ->
                        statement.setArray(
                                i + 1, statement.getConnection().createArrayOf("bigint", numbers));
                case null, default -> statement.setObject(i + 1, value);
            }
        }
    }

    /// The database's time.
    ///
    /// @throws DatabaseException if the database fails
    public Instant now() {
        return list("select clock_timestamp()", row -> instant(row, 1).orElseThrow()).getFirst();
    }

    /// A `timestamptz` column.
    public static Optional<Instant> instant(ResultSet row, int column) throws SQLException {
        return Optional.ofNullable(row.getObject(column, OffsetDateTime.class))
                .map(OffsetDateTime::toInstant);
    }
}
