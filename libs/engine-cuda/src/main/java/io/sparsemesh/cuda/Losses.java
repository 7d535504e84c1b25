package io.sparsemesh.cuda;

import io.sparsemesh.cuda.driver.Kernel;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleSupplier;

/// Sums that the device computes and the host asks for later, many at once: to ask for one waits
/// for the device and brings all that are open.
final class Losses {

    private static final int CAPACITY = 1 << 12;
    private static final int THREADS = 256;

    /// Floats of a double.
    private static final long CELL = 2;

    private final Gpu gpu;
    private final Matrix cells;
    private final List<Loss> open = new ArrayList<>();

    /// @param arena owns the cells
    Losses(Gpu gpu, Arena arena) {
        this.gpu = gpu;
        cells = gpu.scratch(arena, CAPACITY, CELL);
    }

    private final class Loss implements DoubleSupplier {
        private boolean known;
        private double value;

        @Override
        public double getAsDouble() {
            synchronized (Losses.this) {
                if (!known) {
                    bring();
                }
                return value;
            }
        }
    }

    /// The sum of the doubles in device memory.
    ///
    /// @param parts `[count x 2]` floats, two of which are one double
    synchronized DoubleSupplier sum(Matrix parts) {
        if (open.size() == CAPACITY) {
            bring();
        }
        long cell = cells.row(open.size()).address();
        gpu.kernel(CudaBlas.MATRIX, "total")
                .launch(Kernel.Grid.of(1, THREADS), parts.data().address(), parts.rows(), cell);
        Loss loss = new Loss();
        open.add(loss);
        return loss;
    }

    private void bring() {
        try (Arena arena = Arena.ofConfined()) {
            Matrix host = Matrix.allocate(arena, open.size(), CELL);
            gpu.context().transfers().download(cells.rows(0, open.size()), host);
            for (int i = 0; i < open.size(); i++) {
                open.get(i).value = host.data().getAtIndex(ValueLayout.JAVA_DOUBLE, i);
                open.get(i).known = true;
            }
        }
        open.clear();
    }
}
