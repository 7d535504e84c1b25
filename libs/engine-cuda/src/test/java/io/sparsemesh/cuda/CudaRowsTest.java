package io.sparsemesh.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.device.GridShape;
import io.sparsemesh.engine.device.OnDevice;
import io.sparsemesh.engine.device.Selection;
import io.sparsemesh.engine.matrix.Matrix;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Beside the contract, shapes around those at which the kernels change their way, against the
/// naive device.
class CudaRowsTest extends OnDevice {

    private final Device naive = Devices.open("naive", 1);

    @Override
    protected Device open() {
        Emulator.use();
        return CudaDevices.mirrored();
    }

    @ParameterizedTest
    @CsvSource({
        "7,1,1",
        "7,2,4",
        "300,2,4",
        "300,3,5",
        "259,64,64",
        "700,40,64",
        "700,40,65",
        "700,1,65",
        "300,257,400",
        "800,300,700",
        "800,800,800",
        "600,0,300"
    })
    void groupsOfAnySizeLoseTheSameAsInTheReference(int cols, int drop, int group) {
        long seed = 31L * cols + drop;
        Matrix s = integers(seed, 1, cols, 0, 4);
        Matrix w = integers(seed, 3, cols, -6, 7);
        Matrix expected = Matrix.allocate(arena(), 3, cols);
        expected.copyFrom(w);
        Selection.PerGroup groups = new Selection.PerGroup(drop, group);

        device().pruning().dropSmallestOfRows(w, s, groups);

        naive.pruning().dropSmallestOfRows(expected, s, groups);
        assertThat(w.toArray()).as("seed %d", seed).isEqualTo(expected.toArray());
    }

    /// So few values that many saliencies are the same, and none of them is rounded.
    private Matrix integers(long seed, int rows, int cols, int from, int to) {
        Random random = new Random(seed);
        Matrix matrix = allocate(rows, cols);
        for (int row = 0; row < rows; row++) {
            for (int c = 0; c < cols; c++) {
                matrix.set(row, c, random.nextInt(from, to));
            }
        }
        return matrix;
    }

    @Test
    void salienciesThatDifferInTheirLastBitAreToldApart() {
        Matrix w = allocate(1, 300);
        for (int c = 0; c < 300; c++) {
            w.set(0, c, Float.intBitsToFloat(Float.floatToIntBits(1) + (c * 77 + 5) % 300));
        }

        device().pruning()
                .dropSmallestOfRows(w, filled(1, 300, 1), new Selection.PerGroup(150, 300));

        for (int c = 0; c < 300; c++) {
            assertThat(w.get(0, c) == 0).as("column %d", c).isEqualTo((c * 77 + 5) % 300 < 150);
        }
    }

    @ParameterizedTest
    @CsvSource({"1,1,0,4,false", "9,31,0,4,true", "9,33,32,3,false", "70,257,64,16,true"})
    void gridsAreTheBitsOfTheReference(int rows, int cols, int size, int bits, boolean symmetric) {
        GridShape shape = new GridShape(bits, symmetric, size);
        Matrix w = random(rows, rows, cols);
        long groups = shape.groups(cols);
        Matrix scale = allocate(groups, rows);
        Matrix zero = allocate(groups, rows);
        Matrix expectedScale = Matrix.allocate(arena(), groups, rows);
        Matrix expectedZero = Matrix.allocate(arena(), groups, rows);

        device().pruning().spanGrid(w, shape, scale, zero);

        naive.pruning().spanGrid(w, shape, expectedScale, expectedZero);
        assertThat(scale.toArray()).isEqualTo(expectedScale.toArray());
        assertThat(zero.toArray()).isEqualTo(expectedZero.toArray());
    }
}
