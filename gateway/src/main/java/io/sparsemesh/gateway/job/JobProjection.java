package io.sparsemesh.gateway.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.quarkus.hibernate.orm.panache.Panache;
import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.evaluation.EvaluationResult;
import io.sparsemesh.contracts.event.EvaluationUpdated;
import io.sparsemesh.contracts.event.JobChanged;
import io.sparsemesh.contracts.event.JobEvent;
import io.sparsemesh.contracts.event.JobRemoved;
import io.sparsemesh.contracts.event.LayersChanged;
import io.sparsemesh.contracts.event.TaskChanged;
import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.contracts.message.MessageCodec;
import io.sparsemesh.gateway.access.Tenant;
import io.sparsemesh.gateway.event.EventLog;
import io.sparsemesh.gateway.mlflow.Exports;
import io.sparsemesh.gateway.webhook.Deliveries;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.LockModeType;
import jakarta.persistence.Query;
import jakarta.transaction.Transactional;
import java.time.Instant;
import java.util.Optional;

/// Brings the views of a job up to an event.
@ApplicationScoped
@Transactional(Transactional.TxType.MANDATORY)
public class JobProjection {

    private static final String UPSERT_LAYER =
            """
            insert into gateway.layer as l
                   (job_id, name, position, block, state, attempt, worker, report, finished_at)
            values (:job, :name,
                    (select coalesce(max(position), -1) + 1 from gateway.layer where job_id = :job),
                    :block, :state, :attempt, :worker, cast(:report as jsonb),
                    cast(:finished as timestamptz))
            on conflict (job_id, name) do update
               set state = excluded.state, attempt = excluded.attempt, worker = excluded.worker,
                   report = excluded.report, finished_at = excluded.finished_at
            """;

    private static final String UPSERT_EVALUATION =
            """
            insert into gateway.evaluation
                   (job_id, variant, task, suite, position, metrics, items, slices_done, slices)
            values (:job, :variant, :task, :suite,
                    (select coalesce(max(position), -1) + 1
                       from gateway.evaluation where job_id = :job),
                    cast(:metrics as jsonb), :items, :done, :slices)
            on conflict (job_id, variant, task) do update
               set metrics = excluded.metrics, items = excluded.items,
                   slices_done = excluded.slices_done, slices = excluded.slices
            """;

    private final EventLog log;
    private final Deliveries deliveries;
    private final Exports exports;

    JobProjection(EventLog log, Deliveries deliveries, Exports exports) {
        this.log = log;
        this.deliveries = deliveries;
        this.exports = exports;
    }

    /// What became of an event.
    public enum Outcome {
        APPLIED,
        /// Its number was projected before.
        REPEATED,
        /// The job is not of this database, or was removed.
        UNKNOWN_JOB
    }

    /// Applies an event in the caller's transaction.
    public Outcome apply(JobEvent event) {
        JobRow row = JobRow.findById(event.job().value(), LockModeType.PESSIMISTIC_WRITE);
        if (row == null) {
            return Outcome.UNKNOWN_JOB;
        }
        if (event.seq() <= row.lastSeq) {
            return Outcome.REPEATED;
        }
        row.lastSeq = event.seq();
        row.version++;
        log.append(new Tenant(row.tenant), event);
        if (row.webhooks != null && !row.deleted) {
            deliveries.add(event, row.webhooks);
        }
        switch (event) {
            case JobChanged changed -> {
                changeJob(row, changed);
                if (changed.state().isTerminal() && !row.deleted) {
                    exports.add(changed);
                }
            }
            case LayersChanged changed ->
                    changed.layers().forEach(layer -> changeLayer(changed, layer));
            case EvaluationUpdated updated -> changeEvaluation(updated.job(), updated.evaluation());
            case JobRemoved removed -> remove(row, removed);
            case TaskChanged _ -> {
                // Shown by the event stream alone.
            }
        }
        return Outcome.APPLIED;
    }

    private static void changeJob(JobRow row, JobChanged changed) {
        row.state = changed.state();
        row.stateReason = Optional.ofNullable(changed.reason()).orElse("");
        if (changed.layersTotal() > 0) {
            row.layersTotal = changed.layersTotal();
        }
        if (changed.state() == JobState.PRUNING) {
            row.runStartedAt = changed.at();
        }
        boolean works = !changed.state().isTerminal() && startsWork(changed.state());
        if (works && row.startedAt == null) {
            row.startedAt = changed.at();
        }
        row.finishedAt = changed.state().isTerminal() ? changed.at() : null;
        if (changed.state().isTerminal()) {
            row.retryRequestedAt = null;
        }
        row.result = json(changed.result());
        row.error = json(changed.error());
    }

    private static boolean startsWork(JobState state) {
        return switch (state) {
            case PRUNING, ASSEMBLING, EVALUATING -> true;
            case VALIDATING, QUEUED, SUCCEEDED, DEGRADED, FAILED, CANCELLING, CANCELLED -> false;
        };
    }

    private static void changeLayer(LayersChanged event, LayersChanged.Layer layer) {
        Instant finished = layer.state().equals("SUCCEEDED") ? event.at() : null;
        query(UPSERT_LAYER)
                .setParameter("job", event.job().value())
                .setParameter("name", layer.name())
                .setParameter("block", layer.block())
                .setParameter("state", layer.state())
                .setParameter("attempt", layer.attempt())
                .setParameter("worker", Optional.ofNullable(layer.worker()).orElse(""))
                .setParameter("report", json(layer.report()))
                .setParameter("finished", finished == null ? null : finished.toString())
                .executeUpdate();
    }

    private static void changeEvaluation(JobId job, EvaluationResult result) {
        query(UPSERT_EVALUATION)
                .setParameter("job", job.value())
                .setParameter("variant", result.variant())
                .setParameter("task", result.task())
                .setParameter("suite", result.suite())
                .setParameter("metrics", json(result.metrics()))
                .setParameter("items", result.items())
                .setParameter("done", result.slicesDone())
                .setParameter("slices", result.slices())
                .executeUpdate();
    }

    /// Only the last event stays, for the stream of all jobs.
    private void remove(JobRow row, JobRemoved removed) {
        log.forget(removed.job(), removed.seq());
        row.delete();
    }

    private static Query query(String sql) {
        return Panache.getEntityManager().createNativeQuery(sql);
    }

    private static String json(Object value) {
        try {
            return value == null ? null : MessageCodec.mapper().writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot write " + value.getClass(), e);
        }
    }
}
