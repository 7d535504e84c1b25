package io.sparsemesh.gateway.job;

import io.quarkus.hibernate.orm.panache.PanacheEntityBase;
import io.quarkus.hibernate.orm.panache.PanacheQuery;
import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.gateway.access.Tenant;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.hibernate.annotations.ColumnTransformer;

/// A job as the API shows it.
@Entity
@Table(name = "job")
class JobRow extends PanacheEntityBase {

    /// After this a retry that nothing came of may be asked for again.
    static final Duration RETRY_PENDING = Duration.ofMinutes(1);

    static final List<JobState> UNFINISHED =
            Arrays.stream(JobState.values()).filter(state -> !state.isTerminal()).toList();

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

    /// The row of a job, if its tenant has it.
    static PanacheQuery<JobRow> named(JobRef job) {
        return find(
                "id = ?1 and tenant = ?2 and not deleted", job.id().value(), job.tenant().name());
    }

    /// A tenant's jobs that have not ended, or are about to run again.
    static long unfinished(Tenant tenant) {
        return count(
                "tenant = ?1 and not deleted and (state in ?2 or retryRequestedAt > ?3)",
                tenant.name(),
                UNFINISHED,
                Instant.now().minus(RETRY_PENDING));
    }

    /// Whether a retry was accepted whose run has not ended; the state may still be the one before
    /// it.
    boolean isRetrying() {
        return retryRequestedAt != null
                && !(state.isTerminal()
                        && retryRequestedAt.isBefore(Instant.now().minus(RETRY_PENDING)));
    }
}
