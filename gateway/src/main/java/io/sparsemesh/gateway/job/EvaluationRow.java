package io.sparsemesh.gateway.job;

import io.quarkus.hibernate.orm.panache.PanacheEntityBase;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import org.hibernate.annotations.ColumnTransformer;

/// One suite measured on one variant.
@Entity
@Table(name = "evaluation")
@IdClass(EvaluationRow.Key.class)
class EvaluationRow extends PanacheEntityBase {

    record Key(String jobId, String variant, String task) {}

    @Id
    @Column(name = "job_id")
    String jobId;

    @Id String variant;

    @Id String task;

    String suite;
    int position;

    @ColumnTransformer(write = "?::jsonb")
    String metrics;

    long items;

    @Column(name = "slices_done")
    int slicesDone;

    int slices;
}
