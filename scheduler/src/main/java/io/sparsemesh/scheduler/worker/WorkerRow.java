package io.sparsemesh.scheduler.worker;

import io.quarkus.hibernate.orm.panache.PanacheEntityBase;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;

/// A worker process as it last spoke.
@Entity
@Table(name = "worker")
class WorkerRow extends PanacheEntityBase {

    @Id String name;
    String role;

    @Column(name = "current_task")
    String currentTask;

    boolean leaving;

    @Column(name = "idle_since")
    Instant idleSince;

    @Column(name = "last_seen")
    Instant lastSeen;
}
