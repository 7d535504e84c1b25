package io.sparsemesh.scheduler.trace;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.task.LayerTask;
import io.sparsemesh.tracing.Step;
import io.sparsemesh.tracing.Tracing;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// What this process does for jobs, as steps of the traces that their requests began.
///
/// A task is handed out long after its job's request was taken, so the request's step is kept here.
/// It is not in the database: a scheduler that is started again hears of a job's trace by the next
/// result of one of its tasks, and until then what it hands out begins a trace of its own.
@ApplicationScoped
public class JobTraces {

    private static final int MOST = 10_000;

    private final Tracing tracing;

    /// `traceparent` by job; the job that was not heard of for longest goes first.
    private final Map<JobId, String> parents =
            new LinkedHashMap<>(16, 0.75f, true) {
                @Override
                protected boolean removeEldestEntry(Map.Entry<JobId, String> eldest) {
                    return size() > MOST;
                }
            };

    JobTraces(Tracing tracing) {
        this.tracing = tracing;
    }

    /// Takes up a request; what follows from it is part of it.
    ///
    /// @param name such as `take JobSubmitted`
    public Step request(String name, JobId job, String parent) {
        Step step = begin(name, Tracing.Role.CONSUMER, job, parent);
        if (tracing.isOn()) {
            synchronized (parents) {
                parents.put(job, step.traceparent());
            }
        }
        return step;
    }

    /// Hands out a task.
    public Step handOut(LayerTask task) {
        String kind = task.work().kind().name().toLowerCase(Locale.ROOT);
        return begin("hand out " + kind, Tracing.Role.PRODUCER, task.job(), parent(task.job()))
                .with("sparsemesh.task.id", task.task())
                .with("sparsemesh.attempt", task.attempt());
    }

    /// Takes up the result of a task.
    ///
    /// @param parent the worker's step
    public Step result(JobId job, String parent) {
        if (tracing.isOn()) {
            synchronized (parents) {
                parents.putIfAbsent(job, parent);
            }
        }
        return begin("take result", Tracing.Role.CONSUMER, job, parent);
    }

    private Step begin(String name, Tracing.Role role, JobId job, String parent) {
        return tracing.begin(name, role, parent).with("sparsemesh.job.id", job);
    }

    private String parent(JobId job) {
        synchronized (parents) {
            return parents.getOrDefault(job, "");
        }
    }
}
