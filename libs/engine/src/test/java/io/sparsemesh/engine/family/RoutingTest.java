package io.sparsemesh.engine.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import org.junit.jupiter.api.Test;

class RoutingTest {

    /// Probabilities 1/8, 4/8, 1/8, 2/8 of the first token; all equal for the second.
    private static final float[] LOGITS = {
        0, (float) Math.log(4), 0, (float) Math.log(2), 7, 7, 7, 7
    };

    @Test
    void tokensGoToTheirMostProbableExpertsTheFirstOfEqualOnes() {
        Routing routing = Routing.of(LOGITS, 4, 2, false);

        assertThat(routing.tokens(0)).containsExactly(1);
        assertThat(routing.tokens(1)).containsExactly(0, 1);
        assertThat(routing.tokens(2)).isEmpty();
        assertThat(routing.tokens(3)).containsExactly(0);
        assertThat(routing.weights(0)).containsExactly(new float[] {0.25f}, offset(1e-6f));
        assertThat(routing.weights(1)).containsExactly(new float[] {0.5f, 0.25f}, offset(1e-6f));
        assertThat(routing.weights(3)).containsExactly(new float[] {0.25f}, offset(1e-6f));
    }

    @Test
    void weightsOfATokenMaySumToOne() {
        Routing routing = Routing.of(LOGITS, 4, 2, true);

        assertThat(routing.weights(1)).containsExactly(new float[] {2f / 3, 0.5f}, offset(1e-6f));
        assertThat(routing.weights(3)).containsExactly(new float[] {1f / 3}, offset(1e-6f));
        assertThat(routing.weights(0)).containsExactly(new float[] {0.5f}, offset(1e-6f));
    }

    @Test
    void hugeLogitsStayFinite() {
        Routing routing = Routing.of(new float[] {1000, -1000, 999}, 3, 1, true);

        assertThat(routing.tokens(0)).containsExactly(0);
        assertThat(routing.weights(0)).containsExactly(1f);
    }
}
