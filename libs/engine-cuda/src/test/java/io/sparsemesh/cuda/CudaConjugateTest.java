package io.sparsemesh.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.engine.device.ConjugateContract;
import io.sparsemesh.engine.device.ConjugateStep;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.matrix.Matrix;
import org.junit.jupiter.api.Test;

class CudaConjugateTest extends ConjugateContract {

    @Override
    protected Device open() {
        Emulator.use();
        return CudaDevices.mirrored();
    }

    @Test
    void directionsOfRowsWithoutEnergyAreNotRead() {
        Matrix ones = filled(2, 300, 1);
        Matrix r = filled(2, 300, 3);
        Matrix p = filled(2, 300, Float.NaN);
        Matrix ap = filled(2, 300, Float.NaN);
        Matrix x = filled(2, 300, 5);
        Matrix energy = allocate(2, 1);
        Matrix d = filled(1, 300, 2);

        device().pruning().descend(new ConjugateStep(ones, d, x, r, p, ap, energy));
        ap.copyFrom(ones);
        device().pruning().turn(new ConjugateStep(ones, d, x, r, p, ap, energy));

        assertThat(x.toArray()).containsOnly(5);
        assertThat(r.toArray()).containsOnly(3);
        // Z = 3 / 2 - 1.
        assertThat(p.toArray()).containsOnly(0.5f);
        assertThat(energy.toArray()).containsOnly(300 * 1.5f);
    }
}
