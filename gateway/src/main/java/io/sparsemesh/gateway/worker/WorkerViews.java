package io.sparsemesh.gateway.worker;

import io.quarkus.hibernate.orm.panache.Panache;
import io.sparsemesh.contracts.event.WorkerStatus;
import io.sparsemesh.gateway.access.Tenant;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;

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
            values (:name, :role, :version, :device, :memory, :gpu, :driver, :task,
                    :started, least(now(), cast(:heard as timestamptz)), :leaving)
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

    /// @param heard when the broker got the message
    void heard(WorkerStatus status, Instant heard) {
        Panache.getEntityManager()
                .createNativeQuery(UPSERT)
                .setParameter("name", status.worker())
                .setParameter("role", status.role())
                .setParameter("version", status.version())
                .setParameter("device", status.device())
                .setParameter("memory", status.memoryBytes())
                .setParameter("gpu", status.gpu())
                .setParameter("driver", status.driver())
                .setParameter("task", status.currentTask())
                .setParameter("started", status.startedAt())
                .setParameter("heard", heard.toString())
                .setParameter("leaving", status.leaving())
                .executeUpdate();
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
