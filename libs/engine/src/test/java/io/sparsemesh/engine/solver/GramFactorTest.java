package io.sparsemesh.engine.solver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.data.Offset.offset;

import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.device.Precision;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GramFactorTest {

    private static final SolverOptions OPTIONS = SolverOptions.of(new Sparsity.Unstructured(0.5));

    private final Device device = Devices.open("cpu", 2);
    private Arena arena;

    @BeforeEach
    void openArena() {
        arena = Arena.ofShared();
    }

    @AfterEach
    void close() {
        arena.close();
        device.close();
    }

    @Test
    void dampingIsAShareOfTheMeanDiagonalWithDeadColumnsAtOne() {
        Matrix h = identity(4, 3);
        h.set(2, 2, 0);

        GramFactor factor = GramFactor.of(device, arena, "layer", h, OPTIONS.withDamping(0.1));

        assertThat(factor.dead()).containsExactly(false, false, true, false);
        assertThat(factor.damping()).isEqualTo(0.1 * (3 + 3 + 1 + 3) / 4, offset(1e-9));
        assertThat(factor.r().get(0, 0)).isEqualTo((float) Math.sqrt(3.25), offset(1e-6f));
        assertThat(factor.r().get(2, 2)).isEqualTo((float) Math.sqrt(1.25), offset(1e-6f));
        assertThat(h.get(2, 2)).isZero();
    }

    @Test
    void gramMatrixThatNeedsMoreDampingSaysHowMuch() {
        // Eigenvalues 1 + 1.05 and 1 - 1.05: positive with a damping of 0.1, not of 0.01.
        Matrix h = identity(2, 1);
        h.set(0, 1, 1.05f);
        h.set(1, 0, 1.05f);

        GramFactor factor = GramFactor.of(device, arena, "layer", h, OPTIONS);

        assertThat(factor.report()).isEqualTo(new FactorReport(0.1, Precision.F32, 2));
        assertThat(factor.report().isFallback()).isTrue();
    }

    @Test
    void rankDeficientGramMatrixWithoutDampingClimbsTheLadder() {
        Matrix h = Matrix.allocate(arena, 3, 3);
        for (int i = 0; i < 9; i++) {
            h.set(i / 3, i % 3, 1);
        }

        GramFactor factor = GramFactor.of(device, arena, "layer", h, OPTIONS.withDamping(0));

        assertThat(factor.report().damping()).isEqualTo(1e-3);
        assertThat(factor.report().attempts()).isEqualTo(2);
    }

    @Test
    void endOfTheLadderInFloatIsTriedInDouble() {
        Matrix h = singularInFloatOnly();

        GramFactor factor = GramFactor.of(device, arena, "layer", h, OPTIONS.withDamping(1));

        assertThat(factor.report()).isEqualTo(new FactorReport(1, Precision.F64, 2));
    }

    /// With a damping of 1, a matrix `[[a, b], [b, c]]` whose determinant is positive but smaller
    /// than what float resolves.
    private Matrix singularInFloatOnly() {
        Matrix h = identity(2, 1);
        Matrix d = Matrix.allocate(arena, 2, 1);
        Matrix r = Matrix.allocate(arena, 2, 2);
        for (int step = 0; step < 10_000; step++) {
            float a = 1 + step / 100 * Math.ulp(1f);
            float b = 2 + (step % 100 - 50) * Math.ulp(1f);
            h.set(0, 0, a);
            h.set(0, 1, b);
            h.set(1, 0, b);
            float mean = (float) (((double) a + 1) / 2);
            d.set(0, 0, mean);
            d.set(1, 0, mean);
            if (device.pruning().factor(h, d, Precision.F32, r).isPresent()
                    && device.pruning().factor(h, d, Precision.F64, r).isEmpty()) {
                return h;
            }
        }
        throw new AssertionError("no such matrix: expected float to resolve less than double");
    }

    @Test
    void indefiniteGramMatrixNamesLayerPivotAndDamping() {
        Matrix h = identity(300, 1);
        h.set(130, 130, -50);

        NumericalException failure =
                catchThrowableOfType(
                        NumericalException.class,
                        () -> GramFactor.of(device, arena, "layers.7.fc2", h, OPTIONS));

        assertThat(failure.layer()).isEqualTo("layers.7.fc2");
        assertThat(failure.pivot()).isEqualTo(130);
        assertThat(failure.damping()).isEqualTo(1);
        assertThat(failure)
                .hasMessageContaining("column 130")
                .hasMessageContaining("[layers.7.fc2]");
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
    void gramMatrixThatIsNotFiniteIsNamedBeforeFactoring(float value) {
        Matrix h = identity(200, 1);
        h.set(150, 3, value);

        assertThatThrownBy(() -> GramFactor.of(device, arena, "layer", h, OPTIONS))
                .isInstanceOf(NumericalException.class)
                .hasMessageContaining("Gram matrix")
                .hasMessageContaining("row 150, column 3");
    }

    private Matrix identity(int n, float value) {
        Matrix h = Matrix.allocate(arena, n, n);
        for (int i = 0; i < n; i++) {
            h.set(i, i, value);
        }
        return h;
    }
}
