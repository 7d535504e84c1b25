package io.sparsemesh.gateway.job;

import io.quarkus.hibernate.orm.panache.PanacheEntityBase;
import io.sparsemesh.gateway.access.Tenant;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.Optional;

/// The first answer to a submission with an `Idempotency-Key`. A day later the key is free.
@Entity
@Table(name = "idempotency")
@IdClass(IdempotencyRow.Key.class)
class IdempotencyRow extends PanacheEntityBase {

    @Id String tenant;

    @Id String key;

    @Column(name = "body_sha256", columnDefinition = "char(64)")
    String bodySha256;

    @Column(name = "job_id")
    String jobId;

    String answer;

    /// The database's time.
    @Column(name = "created_at", insertable = false, updatable = false)
    Instant createdAt;

    /// A tenant's keys are its own.
    record Key(String tenant, String key) {}

    /// The answer under a key, if it is not older than a day.
    static Optional<IdempotencyRow> fresh(Tenant tenant, String key) {
        return find(
                        "tenant = ?1 and key = ?2 and createdAt > instant - 24 hour",
                        tenant.name(),
                        key)
                .firstResultOptional();
    }
}
