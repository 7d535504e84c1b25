package io.sparsemesh.scheduler.autoscaling;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.scheduler.core.Pool;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DemandTest {

    @ParameterizedTest
    @CsvSource({
        "0, 0, 0, 8, 0",
        "0, 0, 1, 8, 1",
        "0, 1, 0, 8, 1",
        "3, 0, 0, 8, 3",
        "3, 2, 2, 8, 7",
        "3, 2, 3, 8, 8",
        "3, 16, 900, 8, 8",
        "9, 0, 0, 8, 8",
        "0, 4, 4, 0, 0",
    })
    void eachTaskThatRunsOrCouldRunWantsAWorkerUpToTheLimit(
            long running, long queued, long ready, int most, long wanted) {
        assertThat(new Demand(running, queued, ready, 0).wanted(most)).isEqualTo(wanted);
    }

    @ParameterizedTest
    @CsvSource({"0", "1", "100"})
    void theWorkersThatAreThereChangeNothing(long live) {
        assertThat(new Demand(1, 1, 0, live).wanted(8)).isEqualTo(2);
        assertThat(new Demand(0, 0, 0, live).wanted(8)).isZero();
    }

    @Test
    void eachPoolHasItsOwnLimit() {
        // Given
        Map<Pool, Demand> demands =
                Map.of(
                        Pool.LAYERS, new Demand(1, 2, 30, 4),
                        Pool.EVALUATIONS, new Demand(0, 3, 0, 0));

        // When
        WantedSlots wanted = WantedSlots.of(demands, 12, 2);

        // Then
        assertThat(wanted)
                .isEqualTo(
                        new WantedSlots(
                                12,
                                2,
                                new WantedSlots.Counted(1, 2, 30, 4, 12),
                                new WantedSlots.Counted(0, 3, 0, 0, 2)));
    }

    @Test
    void aPoolWithoutTasksWantsNobody() {
        assertThat(WantedSlots.of(Map.of(), 12, 2).wantedWorkers()).isZero();
        assertThat(WantedSlots.of(Map.of(), 12, 2).wantedEvaluators()).isZero();
    }
}
