package io.sparsemesh.gateway;

import io.sparsemesh.embedded.LocalInfra;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/// The gateway's tables, past the gateway.
public final class Database {

    private Database() {}

    private static Connection open() throws SQLException {
        LocalInfra infra = LocalInfra.shared();
        return DriverManager.getConnection(infra.jdbcUrl(), infra.user(), infra.password());
    }

    public static int update(String sql, Object... parameters) {
        try (Connection connection = open();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            return statement.executeUpdate();
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    /// First column of the first row, as text.
    public static String text(String sql, String parameter) {
        try (Connection connection = open();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, parameter);
            try (ResultSet rows = statement.executeQuery()) {
                rows.next();
                return rows.getString(1);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    /// Rows of a job in a table.
    public static int count(String table, String jobId) {
        return Integer.parseInt(text("select count(*) from " + table + " where job_id = ?", jobId));
    }
}
