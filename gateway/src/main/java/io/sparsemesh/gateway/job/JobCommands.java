package io.sparsemesh.gateway.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.hibernate.orm.panache.Panache;
import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.job.Candidate;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.contracts.message.CancelRequested;
import io.sparsemesh.contracts.message.DeleteRequested;
import io.sparsemesh.contracts.message.JobSubmitted;
import io.sparsemesh.contracts.message.MessageCodec;
import io.sparsemesh.contracts.message.RetryRequested;
import io.sparsemesh.contracts.plan.JobPlan;
import io.sparsemesh.contracts.plan.PlannedTask;
import io.sparsemesh.gateway.access.Tenant;
import io.sparsemesh.gateway.outbox.Outbox;
import io.sparsemesh.gateway.problem.Code;
import io.sparsemesh.gateway.problem.Errors;
import io.sparsemesh.gateway.problem.ProblemException;
import io.sparsemesh.gateway.quota.Quotas;
import io.sparsemesh.gateway.submission.Accepted;
import io.sparsemesh.gateway.submission.RetryReader;
import io.sparsemesh.gateway.webhook.Deliveries;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.LockModeType;
import jakarta.transaction.Transactional;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Writes what users ask for: each command stores its view and its message in one transaction.
@ApplicationScoped
@Transactional(Transactional.TxType.REQUIRES_NEW)
class JobCommands {

    private final Outbox outbox;
    private final Quotas quotas;
    private final Deliveries deliveries;
    private final ObjectMapper json;

    JobCommands(Outbox outbox, Quotas quotas, Deliveries deliveries, ObjectMapper json) {
        this.outbox = outbox;
        this.quotas = quotas;
        this.deliveries = deliveries;
        this.json = json;
    }

    /// @param body the answer's body
    /// @param replayed whether it is the answer to an earlier submission
    record Submitted(String jobId, String body, boolean replayed) {}

    /// The first answer to this key, if there was one.
    ///
    /// @throws ProblemException if the key was used with another body
    Optional<Submitted> replay(IdempotencyKey key) {
        Optional<IdempotencyRow> row = IdempotencyRow.fresh(key.tenant(), key.key());
        row.ifPresent(key::requireSameBody);
        return row.map(r -> new Submitted(r.jobId, r.answer, true));
    }

    /// Stores a new job, or finds the one that another request stored under the same key.
    Submitted submit(JobRef job, Accepted accepted, Optional<IdempotencyKey> key) {
        JobId id = job.id();
        if (key.isPresent() && !claim(key.get(), id)) {
            return replay(key.get()).orElseThrow();
        }
        quotas.oneMoreJob(job.tenant(), JobRow::unfinished);
        requireFreeOutput(job.tenant(), accepted.request());
        JobRow row = row(job, accepted);
        row.persistAndFlush();
        Panache.getEntityManager().refresh(row);
        persistLayers(id, accepted);
        persistEvaluations(id, accepted.plan());
        outbox.add(
                new JobSubmitted(
                        id, job.tenant().name(), accepted.request(), accepted.architecture()));
        JobView.Counts none = new JobView.Counts(0, 0, row.layersTotal, Duration.ZERO);
        String body = write(json, JobView.of(row, none).json());
        key.ifPresent(
                k ->
                        IdempotencyRow.update(
                                "answer = ?1 where tenant = ?2 and key = ?3",
                                body,
                                k.tenant().name(),
                                k.key()));
        return new Submitted(id.value(), body, false);
    }

    /// Waits for a concurrent request with the same key to commit or roll back. A key that is older
    /// than a day is taken over.
    private static boolean claim(IdempotencyKey key, JobId id) {
        return Panache.getEntityManager()
                        .createNativeQuery(
                                """
                                insert into gateway.idempotency as known
                                    (tenant, key, body_sha256, job_id, answer)
                                values (?1, ?2, ?3, ?4, '')
                                on conflict (tenant, key) do update
                                    set body_sha256 = excluded.body_sha256,
                                        job_id = excluded.job_id, answer = '',
                                        created_at = now()
                                    where known.created_at <= now() - interval '24 hours'
                                """)
                        .setParameter(1, key.tenant().name())
                        .setParameter(2, key.key())
                        .setParameter(3, key.bodySha256())
                        .setParameter(4, id.value())
                        .executeUpdate()
                == 1;
    }

    /// Of another tenant's job not even the name is told.
    private static void requireFreeOutput(Tenant tenant, JobRequest request) {
        Optional<JobRow> other =
                JobRow.find(
                                "outputUri = ?1 and state in ?2 and not deleted",
                                request.output().uri(),
                                JobRow.UNFINISHED)
                        .firstResultOptional();
        if (other.isPresent()) {
            boolean own = other.get().tenant.equals(tenant.name());
            Errors errors = new Errors();
            errors.add(
                    "/output/uri",
                    Code.OUTPUT_NOT_USABLE,
                    "expected a folder of its own, found the output of "
                            + (own ? "job " + other.get().id : "another job"));
            errors.throwIfAny();
        }
    }

    private JobRow row(JobRef job, Accepted accepted) {
        JobRequest request = accepted.request();
        JobRow row = new JobRow();
        row.id = job.id().value();
        row.tenant = job.tenant().name();
        row.state = JobState.VALIDATING;
        row.stateReason = "waiting for the scheduler";
        row.layersTotal = accepted.plan().linears().size() * request.method().candidates().size();
        row.modelUri = request.modelUri();
        row.modelName = request.modelUri().replaceFirst(".*/", "").replaceFirst("[@#].*", "");
        row.outputUri = request.output().uri();
        row.labels = write(MessageCodec.mapper(), request.labels());
        row.request = write(MessageCodec.mapper(), request);
        row.version = 1;
        row.webhooks = accepted.webhooks().isEmpty() ? null : Deliveries.json(accepted.webhooks());
        return row;
    }

    /// Each linear once for each candidate.
    private static void persistLayers(JobId id, Accepted accepted) {
        int position = 0;
        for (Candidate candidate : accepted.request().method().candidates()) {
            for (JobPlan.SelectedLinear linear : accepted.plan().linears()) {
                LayerRow layer = new LayerRow();
                layer.jobId = id.value();
                layer.name = candidate.layer(linear.name());
                layer.position = position++;
                layer.block = linear.block();
                layer.state = "PENDING";
                layer.worker = "";
                layer.persist();
            }
        }
    }

    private static void persistEvaluations(JobId id, JobPlan plan) {
        Map<String, PlannedTask.Evaluate> suites = new LinkedHashMap<>();
        for (PlannedTask task : plan.tasks()) {
            if (task instanceof PlannedTask.Evaluate evaluate) {
                suites.putIfAbsent(evaluate.variant() + "/" + evaluate.task(), evaluate);
            }
        }
        int position = 0;
        for (PlannedTask.Evaluate suite : suites.values()) {
            EvaluationRow row = new EvaluationRow();
            row.jobId = id.value();
            row.variant = suite.variant();
            row.task = suite.task();
            row.suite = suite.suite();
            row.position = position++;
            row.metrics = "{}";
            row.slices = suite.slices();
            row.persist();
        }
    }

    /// Asks the scheduler to do it, unless it is done already.
    ///
    /// @return whether the scheduler was asked
    /// @throws ProblemException 404 if there is no such job, 409 if its state forbids the action
    boolean ask(JobRef job, Action action) {
        return ask(job, action, Optional.empty());
    }

    /// Asks the scheduler to go on with a job, unless it does already.
    ///
    /// @param damping of the layers that are not solved yet, if it is to be another
    /// @return whether the scheduler was asked
    /// @throws ProblemException as [#ask]; 422 if the job's method has no damping
    boolean retry(JobRef job, Optional<Double> damping) {
        return ask(job, Action.RETRY, damping);
    }

    private boolean ask(JobRef job, Action action, Optional<Double> damping) {
        JobRow row =
                JobRow.named(job)
                        .withLock(LockModeType.PESSIMISTIC_WRITE)
                        .firstResultOptional()
                        .orElseThrow(job::missing);
        return switch (action.judge(row.state, row.isRetrying())) {
            case DONE -> false;
            case CONFLICT ->
                    throw new ProblemException(
                            409, Code.STATE_CONFLICT, action.conflict(row.state));
            case SEND -> {
                send(job.id(), row, action, damping);
                yield true;
            }
        };
    }

    private void send(JobId id, JobRow row, Action action, Optional<Double> damping) {
        switch (action) {
            case CANCEL -> outbox.add(new CancelRequested(id));
            case RETRY -> {
                quotas.oneMoreJob(new Tenant(row.tenant), JobRow::unfinished);
                damping.ifPresent(_ -> RetryReader.requireDamped(request(row).method()));
                row.retryRequestedAt = Instant.now();
                outbox.add(new RetryRequested(id, damping.orElse(null)));
            }
            case DELETE -> {
                row.deleted = true;
                deliveries.remove(id);
                outbox.add(new DeleteRequested(id));
            }
        }
    }

    private static JobRequest request(JobRow row) {
        try {
            return MessageCodec.mapper().readValue(row.request, JobRequest.class);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot read the request of job " + row.id, e);
        }
    }

    private static String write(ObjectMapper mapper, Object value) {
        try {
            return mapper.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot write " + value.getClass(), e);
        }
    }
}
