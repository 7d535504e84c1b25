package io.sparsemesh.scheduler.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.embedded.LocalInfra;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;

/// A database of the first version, with rows in it, brought up to the present one.
class MigrationsTest {

    private static final String ROWS =
            """
            insert into scheduler.job values
                   ('j1', '{"method": {"damping": 0.05}}', 'PRUNING', '', 0, now(), now(), 3, 4, null);
            insert into scheduler.task values
                   ('j1', 't', 0, 'SOLVE', 'layer', '{}', 'RUNNING', 1, 0, 0, 1, 'w', '', null, now(),
                    now(), now(), 0, null, null);
            """;

    private final LocalInfra infra = LocalInfra.shared().startBoth();
    private final String database = "m" + UUID.randomUUID().toString().replace("-", "");

    private String url(String name) {
        return infra.jdbcUrl().replaceFirst("/[^/?]+(\\?|$)", "/" + name + "$1");
    }

    private void execute(String name, String sql) throws SQLException {
        try (Connection connection =
                        DriverManager.getConnection(url(name), infra.user(), infra.password());
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private String text(String sql) throws SQLException {
        try (Connection connection =
                        DriverManager.getConnection(url(database), infra.user(), infra.password());
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }

    private void migrate(String target) {
        Flyway.configure()
                .dataSource(url(database), infra.user(), infra.password())
                .schemas("scheduler")
                .target(target)
                .load()
                .migrate();
    }

    @Test
    void rowsOfTheFirstVersionSurviveAllLaterOnes() throws Exception {
        execute("postgres", "create database " + database);
        try {
            migrate("1");
            execute(database, ROWS);

            migrate("latest");

            assertThat(text("select tenant || ' ' || damping from scheduler.job"))
                    .isEqualTo("default 0.05");
            assertThat(text("select status || ' ' || worker from scheduler.task"))
                    .isEqualTo("RUNNING w");
        } finally {
            execute("postgres", "drop database if exists " + database + " with (force)");
        }
    }
}
