package io.sparsemesh.scheduler.job;

import io.quarkus.hibernate.orm.panache.PanacheEntityBase;
import jakarta.persistence.Column;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.Table;
import java.time.Instant;
import org.hibernate.annotations.DynamicUpdate;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;

/// A task at rest. `status` says which of the columns mean something; see
/// [io.sparsemesh.scheduler.core.Phase].
@Entity
@Table(name = "task")
@DynamicUpdate
public class TaskRow extends PanacheEntityBase {

    @EmbeddedId public TaskKey id;

    public int ordinal;
    public String kind;
    public String pool;

    @JdbcTypeCode(SqlTypes.JSON)
    public String planned;

    public String status;
    public int attempt;
    public int failures;
    public int losses;
    public int delivery;
    public String worker;
    public String message;

    @Column(name = "not_before")
    public Instant notBefore;

    @Column(name = "queued_at")
    public Instant queuedAt;

    @Column(name = "started_at")
    public Instant startedAt;

    @Column(name = "heartbeat_at")
    public Instant heartbeatAt;

    public long millis;

    @JdbcTypeCode(SqlTypes.JSON)
    public String output;

    @JdbcTypeCode(SqlTypes.JSON)
    public String failure;
}
