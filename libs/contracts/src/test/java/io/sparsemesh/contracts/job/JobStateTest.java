package io.sparsemesh.contracts.job;

import static io.sparsemesh.contracts.job.JobState.ASSEMBLING;
import static io.sparsemesh.contracts.job.JobState.CANCELLED;
import static io.sparsemesh.contracts.job.JobState.CANCELLING;
import static io.sparsemesh.contracts.job.JobState.DEGRADED;
import static io.sparsemesh.contracts.job.JobState.EVALUATING;
import static io.sparsemesh.contracts.job.JobState.FAILED;
import static io.sparsemesh.contracts.job.JobState.PRUNING;
import static io.sparsemesh.contracts.job.JobState.QUEUED;
import static io.sparsemesh.contracts.job.JobState.SUCCEEDED;
import static io.sparsemesh.contracts.job.JobState.VALIDATING;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class JobStateTest {

    private static final Map<JobState, Set<JobState>> ALLOWED =
            Map.of(
                    VALIDATING, Set.of(QUEUED, FAILED, CANCELLING),
                    QUEUED, Set.of(PRUNING, ASSEMBLING, EVALUATING, FAILED, CANCELLING),
                    PRUNING, Set.of(ASSEMBLING, EVALUATING, FAILED, CANCELLING),
                    ASSEMBLING, Set.of(EVALUATING, SUCCEEDED, DEGRADED, FAILED, CANCELLING),
                    EVALUATING, Set.of(SUCCEEDED, DEGRADED, FAILED, CANCELLING),
                    SUCCEEDED, Set.of(),
                    DEGRADED, Set.of(),
                    FAILED, Set.of(QUEUED),
                    CANCELLING, Set.of(CANCELLED, FAILED),
                    CANCELLED, Set.of(QUEUED));

    @ParameterizedTest
    @EnumSource
    void onlyTheDesignedTransitionsAreAllowed(JobState from) {
        for (JobState to : JobState.values()) {
            assertThat(from.canBecome(to))
                    .as("%s -> %s", from, to)
                    .isEqualTo(ALLOWED.get(from).contains(to));
        }
    }
}
