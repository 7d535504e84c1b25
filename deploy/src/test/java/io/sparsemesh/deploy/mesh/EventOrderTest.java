package io.sparsemesh.deploy.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;

final class EventOrderTest {

    private final EventOrder order = new EventOrder();

    private void told(String job, long seq, String state) {
        ObjectNode event = JsonNodeFactory.instance.objectNode();
        event.put("jobId", job).put("seq", seq).put("type", "job.changed");
        event.putObject("data").put("state", state);
        order.take(event);
    }

    @Test
    void eventsOfSeveralJobsMayMix() {
        told("a", 1, "QUEUED");
        told("b", 1, "QUEUED");
        told("a", 2, "PRUNING");
        assertThat(order.problems()).isEmpty();
    }

    @Test
    void theFirstEventHasNumberOne() {
        told("a", 2, "PRUNING");
        told("a", 3, "ASSEMBLING");
        assertThat(order.problems()).containsExactly("job a: expected event 1, found 2");
    }

    @Test
    void gapsAndRepetitionsAreProblems() {
        told("a", 1, "QUEUED");
        told("a", 3, "ASSEMBLING");
        told("a", 3, "ASSEMBLING");
        assertThat(order.problems())
                .containsExactly(
                        "job a: expected event 2, found 3", "job a: expected event 4, found 3");
    }

    @Test
    void aCancelledJobThatIsTriedAgainEndsASecondTime() {
        told("a", 1, "CANCELLED");
        assertThat(order.hasEnded("a")).isTrue();
        told("a", 2, "QUEUED");
        assertThat(order.hasEnded("a")).isFalse();
        told("a", 3, "SUCCEEDED");
        assertThat(order.hasEnded("a")).isTrue();
    }
}
