package io.sparsemesh.bench;

import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;

/// The machine's own limit: the rate of a large product of square matrices.
final class PeakRate {

    private static final int RUNS = 3;

    private PeakRate() {}

    /// 10^9 operations in a second, the best of some runs.
    ///
    /// @param size side of the matrices
    static double gflops(Device device, long size) {
        Median times = new Median();
        try (Arena arena = Arena.ofShared()) {
            Matrix a = RandomMatrix.normal(device, arena, 1, size, size, c -> 1);
            Matrix b = RandomMatrix.normal(device, arena, 1 + size, size, size, c -> 1);
            Matrix c = device.allocate(arena, size, size);
            Runnable work =
                    () -> {
                        device.blas().multiply(1, a, b, 0, c);
                        device.finish();
                    };
            work.run();
            for (int i = 0; i < RUNS; i++) {
                times.time(work);
            }
        }
        return 2.0 * size * size * size / 1e9 / times.fastest();
    }
}
