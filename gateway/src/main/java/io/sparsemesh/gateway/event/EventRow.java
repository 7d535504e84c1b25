package io.sparsemesh.gateway.event;

import io.quarkus.hibernate.orm.panache.PanacheEntityBase;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import org.hibernate.annotations.ColumnTransformer;

/// One event of a job, for the streams.
@Entity
@Table(name = "event")
class EventRow extends PanacheEntityBase {

    @Id
    @GeneratedValue(strategy = GenerationType.IDENTITY)
    Long id;

    String tenant;

    @Column(name = "job_id")
    String jobId;

    long seq;
    String type;
    Instant at;

    @ColumnTransformer(write = "?::jsonb")
    String data;
}
