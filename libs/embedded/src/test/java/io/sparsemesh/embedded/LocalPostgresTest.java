package io.sparsemesh.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class LocalPostgresTest {
    @TempDir Path dir;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void keepsCommittedRowsOverAKill(boolean durable) throws SQLException {
        try (LocalPostgres postgres = LocalPostgres.start(dir, FreePorts.next(), durable)) {
            // Given
            execute(postgres, "CREATE TABLE job (name text)", "INSERT INTO job VALUES ('kept')");

            // When, while a connection is open
            try (Connection open = connect(postgres)) {
                postgres.kill();
                assertThat(open.isValid(1)).isFalse();
            }
            postgres.restart();

            // Then
            assertThat(read(postgres, "SELECT name FROM job")).isEqualTo("kept");
        }
    }

    @Test
    void startsAgainOnDataOfAnEarlierServer() throws SQLException {
        // Given
        try (LocalPostgres first = LocalPostgres.start(dir)) {
            execute(first, "CREATE TABLE job (name text)", "INSERT INTO job VALUES ('kept')");
        }

        // When
        try (LocalPostgres second = LocalPostgres.start(dir)) {

            // Then
            assertThat(read(second, "SELECT name FROM job")).isEqualTo("kept");
        }
    }

    private static Connection connect(LocalPostgres postgres) throws SQLException {
        return DriverManager.getConnection(
                postgres.jdbcUrl(), postgres.user(), postgres.password());
    }

    private static void execute(LocalPostgres postgres, String... statements) throws SQLException {
        try (Connection connection = connect(postgres);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private static String read(LocalPostgres postgres, String query) throws SQLException {
        try (Connection connection = connect(postgres);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            rows.next();
            return rows.getString(1);
        }
    }
}
