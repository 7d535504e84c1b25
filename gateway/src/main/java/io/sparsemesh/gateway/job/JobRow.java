package io.sparsemesh.gateway.job;

import io.quarkus.hibernate.orm.panache.PanacheEntityBase;
import io.sparsemesh.contracts.job.JobState;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import org.hibernate.annotations.ColumnTransformer;

/// A job as the API shows it.
@Entity
@Table(name = "job")
class JobRow extends PanacheEntityBase {

    @Id String id;

    String tenant;

    /// By the database's clock, like every time of a job.
    @Column(name = "created_at", insertable = false, updatable = false)
    Instant createdAt;

    @Enumerated(EnumType.STRING)
    JobState state;

    @Column(name = "state_reason")
    String stateReason;

    @Column(name = "started_at")
    Instant startedAt;

    /// When the current run began to prune; differs from the start after a retry.
    @Column(name = "run_started_at")
    Instant runStartedAt;

    @Column(name = "finished_at")
    Instant finishedAt;

    @Column(name = "layers_total")
    int layersTotal;

    @Column(name = "model_uri")
    String modelUri;

    @Column(name = "model_name")
    String modelName;

    @Column(name = "output_uri")
    String outputUri;

    @ColumnTransformer(write = "?::jsonb")
    String labels;

    /// The contract's request, as JSON.
    @ColumnTransformer(write = "?::jsonb")
    String request;

    @ColumnTransformer(write = "?::jsonb")
    String result;

    @ColumnTransformer(write = "?::jsonb")
    String error;

    @Column(name = "last_seq")
    long lastSeq;

    long version;

    @Column(name = "retry_requested_at")
    Instant retryRequestedAt;

    boolean deleted;

    /// As [io.sparsemesh.gateway.webhook.Deliveries] writes them; null where there are none.
    @ColumnTransformer(write = "?::jsonb")
    String webhooks;
}
