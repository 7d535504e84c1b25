package io.sparsemesh.scheduler.trace;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.artifact.ArtifactRef;
import io.sparsemesh.contracts.job.Output;
import io.sparsemesh.contracts.task.LayerTask;
import io.sparsemesh.contracts.task.TaskWork;
import io.sparsemesh.tracing.Step;
import io.sparsemesh.tracing.Tracing;
import java.net.URI;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Which trace a task belongs to. Nobody listens at the collector's address.
final class JobTracesTest {

    private static final JobId JOB = new JobId("job-1");
    private static final String TRACE = "00-0af7651916cd43dd8448eb211c80319c-";
    private static final String PARENT = TRACE + "b7ad6b7169203331-01";

    private final Tracing tracing =
            Tracing.to(Optional.of(URI.create("http://127.0.0.1:9")), "test");
    private final JobTraces traces = new JobTraces(tracing);

    @AfterEach
    void close() {
        tracing.close();
    }

    private static LayerTask task() {
        return new LayerTask(
                JOB,
                new TaskId("report"),
                1,
                new TaskWork.Report(
                        new Output("file:///o", "dense"),
                        new ArtifactRef("jobs/x/m.json", 1, "0")));
    }

    private String handOut() {
        try (Step step = traces.handOut(task())) {
            return step.traceparent();
        }
    }

    @Test
    void aTaskBelongsToTheTraceOfItsJobsRequest() {
        traces.request("take JobSubmitted", JOB, PARENT).close();

        assertThat(handOut()).startsWith(TRACE);
    }

    @Test
    void aTaskOfAJobThatWasNotHeardOfBeginsATrace() {
        assertThat(handOut()).hasSize(PARENT.length()).doesNotStartWith(TRACE);
    }

    @Test
    void aResultTellsASchedulerThatWasStartedAgainTheTraceOfItsJob() {
        traces.result(JOB, PARENT).close();

        assertThat(handOut()).startsWith(TRACE);
    }

    @Test
    void withoutACollectorNoTaskIsTraced() {
        JobTraces off = new JobTraces(Tracing.off());
        off.request("take JobSubmitted", JOB, PARENT).close();

        try (Step step = off.handOut(task())) {
            assertThat(step.traceparent()).isEmpty();
        }
    }
}
