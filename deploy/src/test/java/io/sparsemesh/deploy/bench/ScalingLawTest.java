package io.sparsemesh.deploy.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.plan.Planner;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// The table of docs/scaling.md.
final class ScalingLawTest {

    private static final int BLOCKS = 96;
    private static final ScalingLaw OPT_175B =
            new ScalingLaw(GpuTimes.OPT_175B, GpuTimes.OPT_175B_SHARDS, 0);

    @Test
    void opt175TakesWhatThePageSays() {
        assertThat(OPT_175B.work()).isCloseTo(6.5, within(0.02));
        for (Propagation propagation :
                new Propagation[] {Propagation.SEQUENTIAL, Propagation.DENSE}) {
            assertThat(minutes(propagation, 1)).isCloseTo(10.4, within(0.05));
        }
        assertThat(minutes(Propagation.SEQUENTIAL, 8)).isCloseTo(3.9, within(0.05));
        assertThat(minutes(Propagation.SEQUENTIAL, 64))
                .isEqualTo(minutes(Propagation.SEQUENTIAL, 8));
        assertThat(60 * minutes(Propagation.DENSE, 8)).isCloseTo(87, within(0.5));
    }

    private static double minutes(Propagation propagation, int workers) {
        return OPT_175B.seconds(propagation, BLOCKS, workers) / 60;
    }

    @Test
    void workersBeyondTheShardsBringNothingToSequentialPropagation() {
        ScalingLaw law = new ScalingLaw(new GpuTimes(2, Map.of("a", 1.0, "b", 3.0)), 5, 0.1);

        assertThat(law.seconds(Propagation.SEQUENTIAL, 10, 1)).isCloseTo(142, within(1e-9));
        assertThat(law.seconds(Propagation.SEQUENTIAL, 10, 2)).isCloseTo(92, within(1e-9));
        assertThat(law.seconds(Propagation.SEQUENTIAL, 10, 5)).isCloseTo(52, within(1e-9));
        assertThat(law.seconds(Propagation.SEQUENTIAL, 10, 9)).isCloseTo(52, within(1e-9));
    }

    @Test
    void aChainEndsWhatMoreWorkersBringToDensePropagation() {
        ScalingLaw law = new ScalingLaw(new GpuTimes(2, Map.of("a", 1.0, "b", 3.0)), 5, 0.1);

        assertThat(law.seconds(Propagation.DENSE, 10, 2)).isCloseTo(70, within(1e-9));
        assertThat(law.seconds(Propagation.DENSE, 10, 64)).isCloseTo(24, within(1e-9));
    }

    @Test
    void theBenchmarksJobHasTheShardsThatTheTimesAreOf() {
        var job = BenchJobs.opt175("job", 2, Propagation.SEQUENTIAL);

        assertThat(Planner.plan(job.request(), job.architecture()).shards())
                .isEqualTo(GpuTimes.OPT_175B_SHARDS);
    }
}
