package io.sparsemesh.deploy.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class WorkerTasksTest {

    private static final String EARLIER =
            """
            # TYPE sparsemesh_tasks_seconds summary
            sparsemesh_tasks_seconds_count{kind="calibrate",outcome="succeeded"} 2
            sparsemesh_tasks_seconds_sum{kind="calibrate",outcome="succeeded"} 3.5
            sparsemesh_tasks_seconds_sum{kind="calibrate",outcome="failed"} 0.25
            sparsemesh_tasks_seconds_sum{kind="solve",outcome="succeeded"} 1.0
            """;

    private static final String LATER =
            """
            sparsemesh_tasks_seconds_sum{kind="calibrate",outcome="succeeded"} 7.5
            sparsemesh_tasks_seconds_sum{kind="calibrate",outcome="failed"} 0.25
            sparsemesh_tasks_seconds_sum{kind="solve",outcome="succeeded"} 1.5
            sparsemesh_tasks_seconds_sum{kind="assemble",outcome="succeeded"} 0.75
            sparsemesh_tasks_seconds_sum{kind="report",outcome="succeeded"} 9.0
            """;

    @Test
    void secondsAreSummedByKind() {
        assertThat(WorkerTasks.read(EARLIER).seconds())
                .containsOnly(entry("calibrate", 3.75), entry("solve", 1.0));
    }

    @Test
    void whatWasDoneBeforeAJobIsNotItsWork() {
        WorkerTasks done = WorkerTasks.read(LATER).since(WorkerTasks.read(EARLIER));

        assertThat(done.seconds())
                .containsOnly(
                        entry("calibrate", 4.0),
                        entry("solve", 0.5),
                        entry("assemble", 0.75),
                        entry("report", 9.0));
        assertThat(done.pruningSeconds()).isCloseTo(5.25, within(1e-9));
    }

    @Test
    void workOfSeveralWorkersIsSummedByKind() {
        WorkerTasks both = WorkerTasks.read(EARLIER).and(WorkerTasks.read(LATER));

        assertThat(both.seconds())
                .containsOnly(
                        entry("calibrate", 11.5),
                        entry("solve", 2.5),
                        entry("assemble", 0.75),
                        entry("report", 9.0));
    }

    @Test
    void nothingIsDoneBeforeTheFirstTask() {
        assertThat(WorkerTasks.read("").pruningSeconds()).isZero();
    }
}
