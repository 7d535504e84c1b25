package io.sparsemesh.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.embedded.LocalInfra;
import io.sparsemesh.embedded.ScratchDatabase;
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

    private static void migrate(LocalInfra infra, ScratchDatabase database, String target) {
        Flyway.configure()
                .dataSource(database.jdbcUrl(), infra.user(), infra.password())
                .schemas("gateway")
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

            assertThat(database.text("select tenant || ' ' || state from gateway.job"))
                    .isEqualTo("default SUCCEEDED");
            assertThat(database.text("select tenant || ' ' || seq from gateway.event"))
                    .isEqualTo("default 3");
            assertThat(database.text("select tenant || ' ' || key from gateway.idempotency"))
                    .isEqualTo("default k");
            assertThat(database.text("select name || gpu || driver from gateway.worker"))
                    .isEqualTo("w");
            assertThat(database.text("select count(*) from gateway.layer")).isEqualTo("1");
        }
    }
}
