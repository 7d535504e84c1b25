package io.sparsemesh.gateway.worker;

import io.quarkus.hibernate.orm.panache.PanacheEntityBase;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;

/// The last that was heard of a worker process.
@Entity
@Table(name = "worker")
class WorkerRow extends PanacheEntityBase {

    @Id String name;

    String role;
    String version;
    String device;

    @Column(name = "memory_bytes")
    long memoryBytes;

    String gpu;
    String driver;

    @Column(name = "current_task")
    String currentTask;

    @Column(name = "started_at")
    Instant startedAt;

    @Column(name = "last_heartbeat")
    Instant lastHeartbeat;

    boolean leaving;
}
