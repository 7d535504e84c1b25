package io.sparsemesh.scheduler.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.embedded.LocalInfra;
import io.sparsemesh.embedded.ScratchDatabase;
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

    private static void migrate(LocalInfra infra, ScratchDatabase database, String target) {
        Flyway.configure()
                .dataSource(database.jdbcUrl(), infra.user(), infra.password())
                .schemas("scheduler")
                .target(target)
                .load()
                .migrate();
    }

    @Test
    void rowsOfTheFirstVersionSurviveAllLaterOnes() throws Exception {
        LocalInfra infra = LocalInfra.shared().startBoth();
        try (ScratchDatabase database = ScratchDatabase.of(infra)) {
            migrate(infra, database, "1");
            database.execute(ROWS);

            migrate(infra, database, "latest");

            assertThat(database.text("select tenant || ' ' || damping from scheduler.job"))
                    .isEqualTo("default 0.05");
            assertThat(database.text("select status || ' ' || worker from scheduler.task"))
                    .isEqualTo("RUNNING w");
        }
    }
}
