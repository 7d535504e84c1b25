package io.sparsemesh.gateway.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import io.quarkus.hibernate.orm.panache.Panache;
import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.contracts.message.MessageCodec;
import io.sparsemesh.contracts.task.TaskOutput.LayerReport;
import io.sparsemesh.gateway.access.Tenant;
import io.sparsemesh.gateway.problem.ProblemException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.persistence.Query;
import jakarta.transaction.Transactional;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Reads jobs. Every read is a transaction of its own, so it sees what was last committed.
@ApplicationScoped
@Transactional(Transactional.TxType.REQUIRES_NEW)
public class JobViews {

    private static final TypeReference<Map<String, Double>> METRICS = new TypeReference<>() {};

    /// For each job by itself: a join would read the layers of all jobs.
    private static final String COUNTS =
            """
            select j.id, l.done, l.in_run,
                   cast(coalesce(extract(epoch from now() - j.run_started_at), 0) as float8)
              from gateway.job j
              cross join lateral (
                   select count(*) as done,
                          count(*) filter (where finished_at >= j.run_started_at) as in_run
                     from gateway.layer where job_id = j.id and state = 'SUCCEEDED') l
             where j.id in (:ids)
            """;

    private static final String LIST =
            """
            select j.* from gateway.job j
             where j.tenant = :tenant and not j.deleted
               and (:anyState or j.state in (:states))
               and j.labels @> cast(:labels as jsonb)
               and (:model = '' or j.model_uri = :model or j.model_name = :model)
               and (j.created_at, j.id) < (cast(:createdAt as timestamptz), :id)
             order by j.created_at desc, j.id desc
             limit :limit
            """;

    /// After every job that will ever be.
    private static final PageToken NEWEST =
            new PageToken(java.time.Instant.parse("9999-01-01T00:00:00Z"), "");

    public Optional<JobView> find(JobRef job) {
        return JobRow.named(job)
                .firstResultOptional()
                .map(row -> JobView.of(row, counts(List.of(row)).get(row.id)));
    }

    /// @throws ProblemException 404 if there is no such job
    public JobView get(JobRef job) {
        return find(job).orElseThrow(job::missing);
    }

    JobJson.Page<JobJson.Summary> list(
            Tenant tenant, JobFilter filter, Optional<PageToken> after, int size) {
        PageToken from = after.orElse(NEWEST);
        List<JobRow> rows = rows(tenant, filter, from, size + 1);
        Map<String, JobView.Counts> counts = counts(rows);
        return JobJson.Page.of(
                rows,
                size,
                row -> new PageToken(row.createdAt, row.id).encoded(),
                row -> JobView.summary(row, counts.get(row.id)));
    }

    @SuppressWarnings("unchecked")
    private static List<JobRow> rows(Tenant tenant, JobFilter filter, PageToken from, int limit) {
        List<String> states = filter.states().stream().map(JobState::name).toList();
        Query query = entities().createNativeQuery(LIST, JobRow.class);
        query.setParameter("tenant", tenant.name());
        query.setParameter("anyState", states.isEmpty());
        query.setParameter("states", states.isEmpty() ? List.of("") : states);
        query.setParameter("labels", filter.labels());
        query.setParameter("model", filter.model().orElse(""));
        query.setParameter("createdAt", from.createdAt().toString());
        query.setParameter("id", from.id());
        query.setParameter("limit", limit);
        return query.getResultList();
    }

    private static Map<String, JobView.Counts> counts(List<JobRow> rows) {
        if (rows.isEmpty()) {
            return Map.of();
        }
        Map<String, JobRow> byId = new HashMap<>();
        rows.forEach(row -> byId.put(row.id, row));
        Query query = entities().createNativeQuery(COUNTS, Object[].class);
        query.setParameter("ids", List.copyOf(byId.keySet()));
        Map<String, JobView.Counts> counts = new HashMap<>();
        for (Object found : query.getResultList()) {
            Object[] columns = (Object[]) found;
            String id = (String) columns[0];
            counts.put(id, counts(byId.get(id), columns));
        }
        return counts;
    }

    private static JobView.Counts counts(JobRow row, Object[] columns) {
        long millis = Math.round(1000 * ((Number) columns[3]).doubleValue());
        return new JobView.Counts(
                ((Number) columns[1]).longValue(),
                ((Number) columns[2]).longValue(),
                row.layersTotal,
                Duration.ofMillis(millis));
    }

    JobJson.Page<JobJson.Layer> layers(JobRef job, int after, int size) {
        get(job);
        List<LayerRow> rows =
                LayerRow.<LayerRow>find(
                                "jobId = ?1 and position > ?2 order by position",
                                job.id().value(),
                                after)
                        .page(0, size + 1)
                        .list();
        return JobJson.Page.of(
                rows,
                size,
                row -> PageToken.encode(Integer.toString(row.position)),
                JobViews::layer);
    }

    private static JobJson.Layer layer(LayerRow row) {
        Optional<LayerReport> report =
                Optional.ofNullable(row.report).map(r -> JobView.parse(r, LayerReport.class));
        return new JobJson.Layer(
                row.name,
                row.block,
                row.state,
                row.attempt,
                row.worker,
                report.map(LayerReport::sparsity).orElse(null),
                report.map(LayerReport::relativeError).orElse(null),
                report.map(LayerReport::dampingUsed).orElse(null),
                report.map(LayerReport::tokens).orElse(null),
                report.map(LayerReport::millis).orElse(null),
                report.map(LayerReport::fallback).filter(f -> !f.isEmpty()).orElse(null),
                report.map(LayerReport::refit).orElse(null));
    }

    List<JobJson.EvaluationResult> evaluations(JobRef job) {
        boolean over = get(job).state().isTerminal();
        return EvaluationRow.<EvaluationRow>find("jobId = ?1 order by position", job.id().value())
                .stream()
                .map(row -> evaluation(row, over))
                .toList();
    }

    private static JobJson.EvaluationResult evaluation(EvaluationRow row, boolean over) {
        return new JobJson.EvaluationResult(
                row.suite, row.task, row.variant, metrics(row), row.items, state(row, over));
    }

    /// @param over whether the job has ended, so that what is not measured will not be
    private static String state(EvaluationRow row, boolean over) {
        if (row.slicesDone == row.slices) {
            return "SUCCEEDED";
        }
        if (over) {
            return "STOPPED";
        }
        return row.slicesDone == 0 ? "PENDING" : "RUNNING";
    }

    private static Map<String, Double> metrics(EvaluationRow row) {
        try {
            return MessageCodec.mapper().readValue(row.metrics, METRICS);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("stored metrics are unreadable", e);
        }
    }

    private static EntityManager entities() {
        return Panache.getEntityManager();
    }
}
