package io.sparsemesh.engine.solver;

import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;

/// Values that the host computes, element by element.
@FunctionalInterface
interface HostValues {

    double at(int row, int col);

    /// Puts values into a matrix of the device.
    static void upload(Device device, HostValues values, Matrix to) {
        try (Arena arena = Arena.ofConfined()) {
            Matrix host = Matrix.allocate(arena, to.rows(), to.cols());
            for (int row = 0; row < to.rows(); row++) {
                for (int col = 0; col < to.cols(); col++) {
                    host.set(row, col, (float) values.at(row, col));
                }
            }
            device.upload(host, to);
        }
    }
}
