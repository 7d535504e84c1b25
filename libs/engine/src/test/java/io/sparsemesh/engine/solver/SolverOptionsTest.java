package io.sparsemesh.engine.solver;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparsemesh.checkpoint.Dtype;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SolverOptionsTest {

    private static final SolverOptions OPTIONS = SolverOptions.of(new Sparsity.NOutOfM(4, 8));

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 4, 12})
    void blockSizeHasToBeAMultipleOfTheGroup(int blockSize) {
        assertThatThrownBy(() -> OPTIONS.withBlockSize(blockSize))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("found " + blockSize);
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, Double.NaN, Double.POSITIVE_INFINITY})
    void dampingHasToBeFiniteAndNotNegative(double damping) {
        assertThatThrownBy(() -> OPTIONS.withDamping(damping))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("damping");
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, 1, 1.5, Double.NaN})
    void shareHasToBeBelowOne(double share) {
        assertThatThrownBy(() -> new Sparsity.Unstructured(share))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("found " + share);
    }

    @Test
    void moreKeptThanThereAreIsRefused() {
        assertThatThrownBy(() -> new Sparsity.NOutOfM(5, 4))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("5:4");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 9, 32})
    void bitsOfNoGridAreRefused(int bits) {
        assertThatThrownBy(() -> OPTIONS.withBits(bits))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("found " + bits);
    }

    @Test
    void groupsOfNegativeSizeAreRefused() {
        assertThatThrownBy(() -> new Quantisation.Grid(4, true, -1, Dtype.F32))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("groupSize: expected at least 0, found -1");
    }
}
