package io.sparsemesh.deploy.mesh;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/// Fills the gateway's list with copies of a job, a minute older each; one in ten has failed.
final class JobCopies {

    private static final String JOBS =
            """
            insert into gateway.job (tenant, id, created_at, state, state_reason, started_at,
                run_started_at, finished_at, layers_total, model_uri, model_name, output_uri,
                labels, request, result, last_seq, version)
            select t.tenant, 'copy-' || i, t.created_at - i * interval '1 minute',
                case when i % 10 = 1 then 'FAILED' else 'SUCCEEDED' end, 'done', t.created_at,
                t.created_at, t.created_at, 5, t.model_uri, t.model_name, t.output_uri || i,
                jsonb_build_object('copies', t.id), t.request, t.result, 50, 50
            from gateway.job t, generate_series(1, ?) i where t.id = ?
            """;
    private static final String LAYERS =
            """
            insert into gateway.layer (job_id, name, position, block, state, attempt, worker,
                finished_at)
            select j.id, 'model.layers.0.linear_' || l, l, 0, 'SUCCEEDED', 1, 'worker-1',
                j.created_at
            from gateway.job j, generate_series(0, 4) l where j.labels->>'copies' = ?
            """;

    private JobCopies() {}

    static void make(TestMesh mesh, String original, int count) throws SQLException {
        update(mesh, JOBS, count, original);
        update(mesh, LAYERS, original);
        update(mesh, "analyze");
    }

    static void remove(TestMesh mesh, String original) throws SQLException {
        update(mesh, "delete from gateway.job where labels->>'copies' = ?", original);
    }

    private static void update(TestMesh mesh, String statement, Object... parameters)
            throws SQLException {
        try (Connection connection =
                        DriverManager.getConnection(
                                mesh.postgres.jdbcUrl(),
                                mesh.postgres.user(),
                                mesh.postgres.password());
                PreparedStatement update = connection.prepareStatement(statement)) {
            for (int i = 0; i < parameters.length; i++) {
                update.setObject(i + 1, parameters[i]);
            }
            update.execute();
        }
    }
}
