package io.sparsemesh.engine.device;

import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;

/// Copies of whole matrices between the host and a device, each in new memory of an arena.
public final class Transfers {

    private Transfers() {}

    public static Matrix toDevice(Device device, Arena arena, Matrix host) {
        Matrix copy = device.allocate(arena, host.rows(), host.cols());
        device.upload(host, copy);
        return copy;
    }

    public static Matrix toHost(Device device, Arena arena, Matrix matrix) {
        Matrix host = Matrix.allocate(arena, matrix.rows(), matrix.cols());
        device.download(matrix, host);
        return host;
    }

    /// All elements, row by row. For small matrices.
    public static float[] values(Device device, Matrix matrix) {
        try (Arena arena = Arena.ofConfined()) {
            return toHost(device, arena, matrix).toArray();
        }
    }
}
