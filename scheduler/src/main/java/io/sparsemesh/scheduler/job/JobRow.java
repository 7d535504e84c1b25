package io.sparsemesh.scheduler.job;

import io.quarkus.hibernate.orm.panache.PanacheEntityBase;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import org.hibernate.annotations.DynamicUpdate;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;

/// A job at rest, without its tasks. JSON columns are in the contracts' form.
@Entity
@Table(name = "job")
@DynamicUpdate
public class JobRow extends PanacheEntityBase {

    @Id public String id;

    @JdbcTypeCode(SqlTypes.JSON)
    public String request;

    public String state;
    public String reason;
    public int priority;

    @Column(name = "created_at")
    public Instant createdAt;

    @Column(name = "state_since")
    public Instant stateSince;

    public long seq;
    public long version;

    @Column(name = "next_check")
    public Instant nextCheck;
}
