package io.sparsemesh.deploy.mesh;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// Reads a mesh's database, one connection each time.
final class MeshDatabase {

    private static final Duration POLL = Duration.ofMillis(100);

    private final TestMesh mesh;

    MeshDatabase(TestMesh mesh) {
        this.mesh = mesh;
    }

    /// Turns a row into something.
    @FunctionalInterface
    interface Reader<T> {
        T read(ResultSet row) throws SQLException;
    }

    <T> List<T> list(String sql, Reader<T> reader, Object... parameters) throws SQLException {
        try (Connection connection =
                        DriverManager.getConnection(
                                mesh.postgres.jdbcUrl(),
                                mesh.postgres.user(),
                                mesh.postgres.password());
                PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            List<T> rows = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    rows.add(reader.read(row));
                }
            }
            return rows;
        }
    }

    long count(String sql, Object... parameters) throws SQLException {
        return list(sql, row -> row.getLong(1), parameters).getFirst();
    }

    /// Waits until a count is what is expected.
    ///
    /// @return how long it took
    /// @throws AssertionError if it is not within `limit`
    Duration await(long expected, Duration limit, String sql, Object... parameters)
            throws SQLException, InterruptedException {
        Instant begin = Instant.now();
        long found = count(sql, parameters);
        while (found != expected) {
            if (Instant.now().isAfter(begin.plus(limit))) {
                throw new AssertionError(
                        "%s: expected %d within %s, found %d"
                                .formatted(sql, expected, limit, found));
            }
            Thread.sleep(POLL);
            found = count(sql, parameters);
        }
        return Duration.between(begin, Instant.now());
    }
}
