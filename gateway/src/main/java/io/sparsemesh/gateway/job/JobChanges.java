package io.sparsemesh.gateway.job;

import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.gateway.event.Wakeup;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Optional;

/// Waits for a job to change its state.
@ApplicationScoped
public class JobChanges {

    private final JobViews views;
    private final Wakeup wakeup;

    JobChanges(JobViews views, Wakeup wakeup) {
        this.views = views;
        this.wakeup = wakeup;
    }

    /// The job as soon as its state is not `state`, or as it is when `limit` has passed.
    ///
    /// @return nothing if the job is gone
    Optional<JobView> await(JobRef job, JobState state, Duration limit) {
        long end = System.nanoTime() + limit.toNanos();
        while (true) {
            long mark = wakeup.mark();
            Optional<JobView> view = views.find(job);
            long left = end - System.nanoTime();
            if (left <= 0 || view.map(v -> v.state() != state).orElse(true)) {
                return view;
            }
            try {
                wakeup.await(mark, Duration.ofNanos(left));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return view;
            }
        }
    }
}
