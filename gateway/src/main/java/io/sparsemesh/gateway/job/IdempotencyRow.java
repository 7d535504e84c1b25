package io.sparsemesh.gateway.job;

import io.quarkus.hibernate.orm.panache.PanacheEntityBase;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/// The first answer to a submission with an `Idempotency-Key`.
@Entity
@Table(name = "idempotency")
class IdempotencyRow extends PanacheEntityBase {

    @Id String key;

    @Column(name = "body_sha256", columnDefinition = "char(64)")
    String bodySha256;

    @Column(name = "job_id")
    String jobId;

    String answer;
}
