package io.sparsemesh.scheduler.job;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.scheduler.core.Job;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Jobs as this process last committed or loaded them, so that not all tasks are read for every
/// message. A job counts only while its row has the same version, read under the row's lock, so
/// another replica's changes are never missed.
@ApplicationScoped
class JobCache {

    private static final int CAPACITY = 64;

    private record Entry(long version, Job job) {}

    private final Map<JobId, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);

    synchronized Optional<Job> get(JobId id, long version) {
        Entry entry = entries.get(id);
        return entry != null && entry.version() == version
                ? Optional.of(entry.job())
                : Optional.empty();
    }

    synchronized void put(Job job, long version) {
        if (job.state().isTerminal()) {
            entries.remove(job.id());
            return;
        }
        entries.put(job.id(), new Entry(version, job));
        if (entries.size() > CAPACITY) {
            entries.remove(entries.keySet().iterator().next());
        }
    }

    synchronized void remove(JobId id) {
        entries.remove(id);
    }
}
