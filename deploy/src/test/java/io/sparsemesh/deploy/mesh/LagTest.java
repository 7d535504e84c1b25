package io.sparsemesh.deploy.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.contracts.Topics;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

final class LagTest {

    private static final String GATEWAY = "sparsemesh.gateway";
    private static final TopicPartition FIRST = new TopicPartition(Topics.EVENTS, 0);
    private static final TopicPartition SECOND = new TopicPartition(Topics.EVENTS, 1);
    private static final TopicPartition TASKS = new TopicPartition(Topics.LAYER_TASKS, 0);

    @Test
    void whoHasReadAllHasNoLagWhateverCameLater() {
        Lag lag = new Lag(Map.of(FIRST, 7L, SECOND, 0L), Map.of(GATEWAY, Map.of(FIRST, 9L)));
        assertThat(lag.of(GATEWAY)).isEmpty();
    }

    @Test
    void aRecordThatIsNotCommittedIsLag() {
        Lag lag =
                new Lag(
                        Map.of(FIRST, 7L, SECOND, 3L),
                        Map.of(GATEWAY, Map.of(FIRST, 6L, SECOND, 3L)));
        assertThat(lag.of(GATEWAY)).isEqualTo(Map.of(FIRST, 1L));
    }

    @Test
    void aPartitionWithoutCommitIsAllLagOfItsReadersAlone() {
        Lag lag = new Lag(Map.of(FIRST, 7L, TASKS, 2L), Map.of());
        assertThat(lag.of(GATEWAY)).isEqualTo(Map.of(FIRST, 7L));
        assertThat(lag.of(Topics.LAYER_WORKERS)).isEqualTo(Map.of(TASKS, 2L));
        assertThat(lag.of(Topics.EVALUATORS)).isEmpty();
    }
}
