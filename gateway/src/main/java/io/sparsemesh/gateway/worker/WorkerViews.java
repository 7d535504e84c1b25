package io.sparsemesh.gateway.worker;

import io.quarkus.hibernate.orm.panache.Panache;
import io.sparsemesh.contracts.event.WorkerStatus;
import io.sparsemesh.gateway.access.Tenant;
import io.sparsemesh.gateway.worker.WorkerConsumer.Heard;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.hibernate.Session;

/// The workers that were heard of.
@ApplicationScoped
@Transactional(Transactional.TxType.REQUIRES_NEW)
class WorkerViews {

    /// As the scheduler's leases: four heartbeats missed.
    private static final Duration LOST = Duration.ofSeconds(20);

    /// A worker that left, or was lost, is shown this long.
    private static final Duration SHOWN = Duration.ofMinutes(10);

    private static final String UPSERT =
            """
            insert into gateway.worker
                   (name, role, version, device, memory_bytes, gpu, driver, current_task,
                    started_at, last_heartbeat, leaving)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, least(now(), ?), ?)
            on conflict (name) do update
               set role = excluded.role, version = excluded.version, device = excluded.device,
                   memory_bytes = excluded.memory_bytes, gpu = excluded.gpu,
                   driver = excluded.driver, current_task = excluded.current_task,
                   started_at = excluded.started_at, last_heartbeat = excluded.last_heartbeat,
                   leaving = excluded.leaving
             where gateway.worker.last_heartbeat <= excluded.last_heartbeat
            """;

    private static final String OWN =
            "select id from gateway.job where tenant = :tenant and id in (:jobs)";

    /// @param heard of each worker once
    void store(Collection<Heard> heard) {
        Panache.getEntityManager()
                .unwrap(Session.class)
                .doWork(
                        connection -> {
                            try (PreparedStatement rows = connection.prepareStatement(UPSERT)) {
                                for (Heard each : heard) {
                                    bind(rows, each);
                                    rows.addBatch();
                                }
                                rows.executeBatch();
                            }
                        });
    }

    private static void bind(PreparedStatement row, Heard heard) throws SQLException {
        WorkerStatus status = heard.status();
        row.setString(1, status.worker());
        row.setString(2, status.role());
        row.setString(3, status.version());
        row.setString(4, status.device());
        row.setLong(5, status.memoryBytes());
        row.setString(6, status.gpu());
        row.setString(7, status.driver());
        row.setString(8, status.currentTask());
        row.setObject(9, status.startedAt().atOffset(ZoneOffset.UTC));
        row.setObject(10, heard.at().atOffset(ZoneOffset.UTC));
        row.setBoolean(11, status.leaving());
    }

    /// The workers, which all tenants share. Of what another tenant's job is at nothing is told but
    /// that a worker is busy.
    List<WorkerJson> list(Tenant tenant) {
        List<WorkerJson> all = all();
        Set<String> own = own(tenant, all.stream().map(WorkerJson::job).toList());
        return all.stream().map(w -> own.contains(w.job()) ? w : w.withoutTask()).toList();
    }

    /// The workers, with the tasks of all tenants.
    List<WorkerJson> all() {
        Instant now =
                (Instant)
                        Panache.getEntityManager()
                                .createNativeQuery("select now()", Instant.class)
                                .getSingleResult();
        return WorkerRow.<WorkerRow>find("lastHeartbeat > ?1 order by role, name", now.minus(SHOWN))
                .stream()
                .map(row -> json(row, now))
                .toList();
    }

    private static Set<String> own(Tenant tenant, List<String> jobs) {
        if (jobs.isEmpty()) {
            return Set.of();
        }
        return Set.copyOf(
                Panache.getEntityManager()
                        .createNativeQuery(OWN, String.class)
                        .setParameter("tenant", tenant.name())
                        .setParameter("jobs", jobs)
                        .getResultList());
    }

    private static WorkerJson json(WorkerRow row, Instant now) {
        String state = row.currentTask.isEmpty() ? "IDLE" : "BUSY";
        if (row.lastHeartbeat.isBefore(now.minus(LOST))) {
            state = "LOST";
        } else if (row.leaving) {
            state = "LEAVING";
        }
        return new WorkerJson(
                row.name,
                row.role,
                row.version,
                row.device,
                row.memoryBytes,
                row.gpu,
                row.driver,
                state,
                row.currentTask,
                row.startedAt,
                row.lastHeartbeat);
    }
}
