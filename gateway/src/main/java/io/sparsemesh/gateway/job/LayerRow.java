package io.sparsemesh.gateway.job;

import io.quarkus.hibernate.orm.panache.PanacheEntityBase;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.time.Instant;
import org.hibernate.annotations.ColumnTransformer;

/// One linear of a job.
@Entity
@Table(name = "layer")
@IdClass(LayerRow.Key.class)
class LayerRow extends PanacheEntityBase {

    record Key(String jobId, String name) {}

    @Id
    @Column(name = "job_id")
    String jobId;

    @Id String name;

    /// Place in the plan's order.
    int position;

    int block;
    String state;
    int attempt;
    String worker;

    @ColumnTransformer(write = "?::jsonb")
    String report;

    @Column(name = "finished_at")
    Instant finishedAt;
}
