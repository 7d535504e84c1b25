package io.sparsemesh.gateway.job;

import io.quarkus.runtime.StartupEvent;
import io.quarkus.scheduler.Scheduled;
import io.sparsemesh.contracts.JobId;
import io.sparsemesh.gateway.problem.ProblemException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/// Deletes jobs that ended long ago, as users delete them: one after the other, each in its own
/// transaction, with what that keeps kept. Any number of gateways may do so at the same time.
@ApplicationScoped
class Retention {

    private static final Logger LOG = Logger.getLogger(Retention.class);
    static final int BATCH = 50;

    private final Optional<RetentionAge> age;
    private final ExpiredJobs expired;
    private final JobCommands commands;

    /// @param setting as [RetentionAge] reads it
    Retention(
            @ConfigProperty(name = "sparsemesh.gateway.retention") Optional<String> setting,
            ExpiredJobs expired,
            JobCommands commands) {
        this.age = RetentionAge.parse(setting.orElse(""));
        this.expired = expired;
        this.commands = commands;
    }

    /// So that the setting is read, and refused if it is wrong, before the gateway is there.
    void start(@Observes StartupEvent event) {
        age.ifPresent(a -> LOG.infof("jobs are deleted %s after their end", a.age()));
    }

    @Scheduled(every = "1m", concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
    void clean() {
        age.ifPresent(this::clean);
    }

    /// Ends when there is nothing that others did not delete first: they look for more.
    private void clean(RetentionAge age) {
        long deleted = 1;
        while (deleted > 0) {
            deleted = expired.find(age, BATCH).stream().filter(this::delete).count();
        }
    }

    /// A job that another gateway or its user deleted first is left out, as is one that is retried.
    private boolean delete(JobId id) {
        try {
            commands.ask(id, Action.DELETE);
            LOG.infof("job deleted by its age jobId=%s", id);
            return true;
        } catch (ProblemException e) {
            LOG.debugf("job not deleted by its age jobId=%s: %s", id, e.getMessage());
            return false;
        }
    }
}
