package io.sparsemesh.gateway.webhook;

import io.quarkus.hibernate.orm.panache.PanacheEntityBase;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import org.hibernate.annotations.Immutable;

/// A delivery as the API shows it; written by [Deliveries] and [DeliveryQueue].
@Entity
@Immutable
@Table(name = "webhook_delivery")
class DeliveryRow extends PanacheEntityBase {

    @Id Long id;

    @Column(name = "job_id")
    String jobId;

    long seq;
    int webhook;
    String uri;
    String event;

    @Enumerated(EnumType.STRING)
    DeliveryState state;

    int attempts;

    @Column(name = "created_at")
    Instant createdAt;

    @Column(name = "due_at")
    Instant dueAt;

    @Column(name = "last_status")
    Integer lastStatus;

    @Column(name = "last_error")
    String lastError;

    @Column(name = "finished_at")
    Instant finishedAt;
}
