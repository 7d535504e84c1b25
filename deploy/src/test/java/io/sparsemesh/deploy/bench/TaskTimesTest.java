package io.sparsemesh.deploy.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.task.TaskKind;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TaskTimesTest {

    private static ThrottledHandler.Run run(long beginMillis, long endMillis) {
        return new ThrottledHandler.Run(
                new JobId("job"),
                new TaskId("solve-b000-fc1"),
                TaskKind.SOLVE,
                "worker",
                beginMillis * 1_000_000,
                endMillis * 1_000_000);
    }

    @Test
    void tasksThatFollowEachOtherAreNotAtOnce() {
        TaskTimes times = new TaskTimes(List.of(run(20, 30), run(0, 20)));

        assertThat(times.atOnce()).isEqualTo(1);
        assertThat(times.busy(1)).isEqualTo(1);
        assertThat(times.hopMillis().count()).isZero();
    }

    @Test
    void onlyMomentsInWhichNothingRunsAreHops() {
        TaskTimes times = new TaskTimes(List.of(run(0, 10), run(5, 40), run(12, 20), run(50, 60)));

        assertThat(times.atOnce()).isEqualTo(2);
        assertThat(times.hopMillis().count()).isEqualTo(1);
        assertThat(times.hopMillis().max()).isEqualTo(10);
        assertThat(times.busy(2)).isEqualTo(63.0 / 120);
    }
}
