package io.sparsemesh.gateway.job;

import io.quarkus.hibernate.orm.panache.PanacheEntityBase;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.Optional;

/// The first answer to a submission with an `Idempotency-Key`. A day later the key is free.
@Entity
@Table(name = "idempotency")
class IdempotencyRow extends PanacheEntityBase {

    @Id String key;

    @Column(name = "body_sha256", columnDefinition = "char(64)")
    String bodySha256;

    @Column(name = "job_id")
    String jobId;

    String answer;

    /// The database's time.
    @Column(name = "created_at", insertable = false, updatable = false)
    Instant createdAt;

    /// The answer under a key, if it is not older than a day.
    static Optional<IdempotencyRow> fresh(String key) {
        return find("key = ?1 and createdAt > instant - 24 hour", key).firstResultOptional();
    }
}
