package io.sparsemesh.gateway;

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
            insert into gateway.job
                   (id, state, state_reason, finished_at, layers_total, model_uri, model_name,
                    output_uri, labels, request, last_seq)
            values ('j1', 'SUCCEEDED', 'done', now(), 1, 'file:///m', 'm', 'file:///o',
                    '{"team": "a"}', '{"model": {}}', 3);
            insert into gateway.layer values ('j1', 'l', 0, 0, 'SUCCEEDED', 1, 'w', '{}', now());
            insert into gateway.event (job_id, seq, type, at, data)
            values ('j1', 3, 'job.changed', now(), '{}');
            insert into gateway.idempotency (key, body_sha256, job_id, answer)
            values ('k', 'ab', 'j1', '{}');
            insert into gateway.worker values ('w', 'layer-worker', '1', 'cpu', 1, '', now(), now(), false);
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
                .schemas("gateway")
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

            assertThat(text("select tenant || ' ' || state from gateway.job"))
                    .isEqualTo("default SUCCEEDED");
            assertThat(text("select tenant || ' ' || seq from gateway.event"))
                    .isEqualTo("default 3");
            assertThat(text("select tenant || ' ' || key from gateway.idempotency"))
                    .isEqualTo("default k");
            assertThat(text("select name || gpu || driver from gateway.worker")).isEqualTo("w");
            assertThat(text("select count(*) from gateway.layer")).isEqualTo("1");
        } finally {
            execute("postgres", "drop database if exists " + database + " with (force)");
        }
    }
}
